{{- define "langsmith.bootstrapAccount" -}}
{{- $account := .Values.backend.agentBootstrap.serviceAccount -}}
{{- if $account.create -}}
{{- default (printf "%s-agent-bootstrap" (include "langsmith.fullname" .)) $account.name }}
{{- else -}}
{{- default "default" $account.name }}
{{- end -}}
{{- end }}

{{/*
Arguments of the agent bootstrap. Every bundled product is in exactly one list, so switching a feature off while the bootstrap stays on
destroys that product.
*/}}
{{- define "langsmith.bootstrapArguments" -}}
{{- $config := .Values.config -}}
{{- $create := list -}}
{{- $destroy := list -}}
{{- if $config.agentBuilder.enabled }}{{ $create = append $create "agent_builder" }}{{ else }}{{ $destroy = append $destroy "agent_builder" }}{{ end -}}
{{- if $config.insights.enabled }}{{ $create = append $create "insights" }}{{ else }}{{ $destroy = append $destroy "insights" }}{{ end -}}
{{- if $config.polly.enabled }}{{ $create = append $create "smith_polly" }}{{ else }}{{ $destroy = append $destroy "smith_polly" }}{{ end -}}
{{- $arguments := list -}}
{{- with $destroy }}{{ $arguments = concat $arguments (list "--destroy-products" (join "," .)) }}{{ end -}}
{{- with $create }}
{{- $arguments = concat $arguments (list "--create-products" (join "," .) "--config" (include "langsmith.bootstrapConfig" $)) }}
{{- end -}}
{{- toYaml $arguments }}
{{- end }}

{{/*
The JSON for the created products, put together as text because the vendor does: agentBuilder with polly and without insights lacks the
comma between the two, as in chart 0.13.28. A rehearsal that mended it would hide a deployment that fails.
*/}}
{{- define "langsmith.bootstrapConfig" -}}
{{- $config := .Values.config -}}
{{- $frontend := include "langsmith.componentName" (list . .Values.frontend) -}}
{{- $trigger := include "langsmith.componentName" (list . .Values.agentBuilderTriggerServer) -}}
{{- $backend := include "langsmith.componentName" (list . .Values.backend) -}}
{{- $queue := include "langsmith.componentName" (list . .Values.queue) -}}
{
{{- if $config.agentBuilder.enabled }}
{{- include "langsmith.bootstrapProduct" (dict "root" . "id" "agent-builder" "image" "agentBuilderImage" "configMap" "agent-builder-config" "restart" (list $frontend $trigger) "agent" $config.agentBuilder.agent) }}
{{- end }}
{{- if $config.insights.enabled }}
{{- if $config.agentBuilder.enabled }},{{ end }}
{{- include "langsmith.bootstrapProduct" (dict "root" . "id" "clio" "image" "insightsAgentImage" "configMap" "insights-config" "restart" (list $frontend $backend $queue) "agent" $config.insights.agent) }}
{{- end }}
{{- if $config.polly.enabled }}
{{- if $config.insights.enabled }},{{ end }}
{{- include "langsmith.bootstrapProduct" (dict "root" . "id" "smith-polly" "image" "pollyAgentImage" "configMap" "polly-config" "restart" (list $frontend) "agent" $config.polly.agent) }}
{{- end -}}
}
{{- end }}

{{- define "langsmith.bootstrapProduct" -}}
{{- $resources := .agent.resources -}}
{{- $product := dict
    "image" (include "langsmith.image" (list .root .image))
    "configmap_name" (printf "%s-%s" (include "langsmith.fullname" .root) .configMap)
    "k8s_namespace" (include "langsmith.namespace" .root)
    "restart_deployments" .restart
    "cpu" $resources.cpu
    "cpu_limit" $resources.cpuLimit
    "memory_mb" $resources.memoryMb
    "memory_limit_mb" $resources.memoryLimitMb
    "min_scale" $resources.minScale
    "max_scale" $resources.maxScale
    "extra_env" .agent.extraEnv -}}
{{ toJson .id }}:{{ toJson $product }}
{{- end }}
