{{- define "langsmith.validate.routing" -}}
{{- $config := .Values.config -}}
{{- $routes := list -}}
{{- range $key := list "ingress" "gateway" "istioGateway" -}}
{{- if (index $.Values $key).enabled }}{{ $routes = append $routes $key }}{{ end -}}
{{- end -}}
{{- if gt (len $routes) 1 }}{{ fail (printf "Only one of ingress, gateway and istioGateway may be enabled, but %s are." (join " and " $routes)) }}{{ end -}}
{{- if $config.deployment.enabled -}}
{{- if not $routes }}{{ fail "config.deployment.enabled needs a route: enable one of ingress, gateway or istioGateway." }}{{ end -}}
{{- if not $config.hostname }}{{ fail "config.deployment.enabled needs config.hostname." }}{{ end -}}
{{- if and .Values.istioGateway.enabled $config.basePath (has $config.deployment.basePath (list "" $config.basePath)) -}}
{{- fail "istioGateway with config.basePath needs a config.deployment.basePath of its own." -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "langsmith.validate.login" -}}
{{- $config := .Values.config -}}
{{- $basic := $config.basicAuth -}}
{{- if and $basic.enabled $config.oauth.enabled }}{{ fail "Choose one of config.basicAuth and config.oauth; both are enabled." }}{{ end -}}
{{- if not (or $basic.enabled $config.oauth.enabled) }}{{ fail "Choose one of config.basicAuth and config.oauth; neither is enabled." }}{{ end -}}
{{- if not (has $config.authType (list "mixed" "oauth")) }}{{ fail (printf "config.authType must be mixed or oauth, not %q." $config.authType) }}{{ end -}}
{{- if and $basic.enabled (ne $config.authType "mixed") }}{{ fail "config.basicAuth needs config.authType mixed." }}{{ end -}}
{{- if and $basic.enabled (not (or $config.initialOrgAdminEmail $basic.initialOrgAdminEmail)) }}{{ fail "config.basicAuth needs config.initialOrgAdminEmail." }}{{ end -}}
{{- if not $config.existingSecretName -}}
{{- if not $config.apiKeySalt }}{{ fail "Without config.existingSecretName, config.apiKeySalt is required." }}{{ end -}}
{{- if not $config.langsmithLicenseKey }}{{ fail "Without config.existingSecretName, config.langsmithLicenseKey is required." }}{{ end -}}
{{- if $basic.enabled }}{{ include "langsmith.validate.password" $basic.initialOrgAdminPassword }}{{ end -}}
{{- end -}}
{{- if and $config.customCa.secretName (not $config.customCa.secretKey) }}{{ fail "config.customCa.secretName needs config.customCa.secretKey." }}{{ end -}}
{{- with $config.observability.tracing -}}
{{- if and .enabled (not .endpoint) }}{{ fail "config.observability.tracing needs an endpoint." }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "langsmith.validate.password" -}}
{{- $where := "config.basicAuth.initialOrgAdminPassword" -}}
{{- if lt (len .) 12 }}{{ fail (printf "%s must have at least 12 characters." $where) }}{{ end -}}
{{- if not (regexMatch "[a-z]" .) }}{{ fail (printf "%s must contain a lower-case letter." $where) }}{{ end -}}
{{- if not (regexMatch "[A-Z]" .) }}{{ fail (printf "%s must contain an upper-case letter." $where) }}{{ end -}}
{{- if not (regexMatch "[!#$%()+,\\-./:?@\\[\\\\\\]^_{}~]" .) -}}
{{- fail (printf "%s must contain one of ! # $ %% ( ) + , - . / : ? @ [ \\ ] ^ _ { } ~" $where) -}}
{{- end -}}
{{- end }}

{{- define "langsmith.validate.stores" -}}
{{- $blob := .Values.config.blobStorage -}}
{{- $postgres := .Values.postgres.external -}}
{{- $redis := .Values.redis.external -}}
{{- $clickhouse := .Values.clickhouse.external -}}
{{- if and $blob.enabled (not (has $blob.engine (list "S3" "s3" "Azure" "azure"))) }}{{ fail (printf "config.blobStorage.engine must be S3 or Azure, not %q." $blob.engine) }}{{ end -}}
{{- if and $redis.cluster.enabled (not $redis.enabled) }}{{ fail "redis.external.cluster needs redis.external.enabled." }}{{ end -}}
{{- if and $postgres.clientCert.secretName (not $postgres.customTls) }}{{ fail "postgres.external.clientCert needs postgres.external.customTls." }}{{ end -}}
{{- if and $clickhouse.clientCert.secretName (not $clickhouse.existingSecretName) (not $clickhouse.tls) }}{{ fail "clickhouse.external.clientCert needs clickhouse.external.tls." }}{{ end -}}
{{- end }}

{{- define "langsmith.validate.agents" -}}
{{- $config := .Values.config -}}
{{- range $product := list "agentBuilder" "insights" "polly" -}}
{{- $values := index $config $product -}}
{{- if $values.enabled -}}
{{- if not (or $values.encryptionKey $config.existingSecretName) }}{{ fail (printf "config.%s needs config.%s.encryptionKey or config.existingSecretName." $product $product) }}{{ end -}}
{{- if not $config.deployment.enabled }}{{ fail (printf "config.%s needs config.deployment.enabled." $product) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Keys of earlier chart lines. Their presence counts: an empty string fails too. */}}
{{- define "langsmith.validate.moved" -}}
{{- $config := .Values.config -}}
{{- if .Values.listener.templates }}{{ fail "listener.templates has moved to operator.templates." }}{{ end -}}
{{- if $config.deployment.rootDomain }}{{ fail "config.deployment.rootDomain is gone; use config.hostname." }}{{ end -}}
{{- if hasKey $config "langgraphPlatform" }}{{ fail "config.langgraphPlatform has moved to config.deployment." }}{{ end -}}
{{- if hasKey $config.deployment "langgraphPlatformLicenseKey" }}{{ fail "config.deployment.langgraphPlatformLicenseKey is gone; remove it." }}{{ end -}}
{{- if hasKey $config "subdomain" }}{{ fail "config.subdomain has moved to config.basePath." }}{{ end -}}
{{- range $route := list "ingress" "gateway" "istioGateway" -}}
{{- if hasKey (index $.Values $route) "hostname" }}{{ fail (printf "%s.hostname has moved to config.hostname." $route) }}{{ end -}}
{{- if hasKey (index $.Values $route) "subdomain" }}{{ fail (printf "%s.subdomain has moved to config.basePath." $route) }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "langsmith.validate.autoscaling" -}}
{{- range .Files.Get "files/workloads.yaml" | fromYamlArray -}}
{{- if eq .autoscaling "shared" -}}
{{- $component := .values -}}
{{- $autoscaling := (index $.Values $component).autoscaling -}}
{{- range list "createHpa" "type" "enabled" -}}
{{- if hasKey $autoscaling . }}{{ fail (printf "%s.autoscaling.%s is the old shape; use autoscaling.hpa or autoscaling.keda." $component .) }}{{ end -}}
{{- end -}}
{{- if and $autoscaling.hpa.enabled $autoscaling.keda.enabled }}{{ fail (printf "%s.autoscaling: enable hpa or keda, not both." $component) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "langsmith.validate.frontendFilesystem" -}}
{{- $deployment := .Values.frontend.deployment -}}
{{- if $deployment.securityContext.readOnlyRootFilesystem -}}
{{- $mounted := list -}}
{{- range concat .Values.commonVolumeMounts $deployment.volumeMounts }}{{ $mounted = append $mounted .mountPath }}{{ end -}}
{{- $missing := list "/var/lib/nginx" "/var/run" "/run" "/var/cache/nginx" -}}
{{- range $mounted }}{{ $missing = without $missing . }}{{ end -}}
{{- with $missing }}{{ fail (printf "frontend.deployment.securityContext.readOnlyRootFilesystem needs writable mounts at %s." (join ", " .)) }}{{ end -}}
{{- end -}}
{{- end }}
