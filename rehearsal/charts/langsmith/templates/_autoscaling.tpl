{{/* Takes (row, values): is the replica count somebody else's? */}}
{{- define "langsmith.autoscaled" -}}
{{- $autoscaling := (index . 1).autoscaling -}}
{{- if eq (index . 0).autoscaling "shared" -}}
{{- or $autoscaling.hpa.enabled $autoscaling.keda.enabled | ternary "true" "" -}}
{{- else if eq (index . 0).autoscaling "flat" -}}
{{- $autoscaling.enabled | ternary "true" "" -}}
{{- end -}}
{{- end }}

{{- define "langsmith.scaleTarget" -}}
{{- if (default dict .values.rollout).enabled -}}
apiVersion: argoproj.io/v1alpha1
kind: Rollout
{{- else -}}
apiVersion: apps/v1
kind: Deployment
{{- end }}
name: {{ .name }}
{{- end }}

{{/* Takes root, row, values and name. */}}
{{- define "langsmith.autoscaler" -}}
{{- $autoscaling := .values.autoscaling -}}
{{- if eq .row.autoscaling "shared" -}}
{{- if $autoscaling.hpa.enabled }}{{ include "langsmith.hpa" (merge (dict "limits" $autoscaling.hpa) .) }}{{ end -}}
{{- if $autoscaling.keda.enabled }}{{ include "langsmith.scaledObject" . }}{{ end -}}
{{- else if and (eq .row.autoscaling "flat") $autoscaling.enabled $autoscaling.createHpa -}}
{{- include "langsmith.hpa" (merge (dict "limits" $autoscaling) .) -}}
{{- end -}}
{{- end }}

{{- define "langsmith.hpa" }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "langsmith.metadata" (dict "root" .root "name" .name) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "langsmith.scaleTarget" . | nindent 4 }}
  minReplicas: {{ .limits.minReplicas }}
  maxReplicas: {{ .limits.maxReplicas }}
  metrics:
    {{- with .limits.targetCPUUtilizationPercentage }}
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ . }} } } }
    {{- end }}
    {{- with .limits.targetMemoryUtilizationPercentage }}
    - { type: Resource, resource: { name: memory, target: { type: Utilization, averageUtilization: {{ . }} } } }
    {{- end }}
    {{- with .limits.additionalMetrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "langsmith.scaledObject" }}
{{- $keda := .values.autoscaling.keda }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- $handOver := dict "scaledobject.keda.sh/transfer-hpa-ownership" "true" }}
  {{- include "langsmith.metadata" (dict "root" .root "name" .name "labels" $keda.labels "annotations" (merge $handOver $keda.annotations)) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "langsmith.scaleTarget" . | nindent 4 }}
  {{- range $key := list "pollingInterval" "cooldownPeriod" "initialCooldownPeriod" "minReplicaCount" "maxReplicaCount" }}
  {{ $key }}: {{ index $keda $key }}
  {{- end }}
  {{- with $keda.fallback }}
  fallback:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  advanced:
    horizontalPodAutoscalerConfig:
      name: {{ .name }}
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $keda.scaleDownStabilizationWindowSeconds }}
          policies: [{ type: Percent, value: {{ $keda.scaleDownPolicy.value }}, periodSeconds: {{ $keda.scaleDownPolicy.periodSeconds }} }]
        scaleUp:
          policies: [{ type: Percent, value: {{ $keda.scaleUpPolicy.value }}, periodSeconds: {{ $keda.scaleUpPolicy.periodSeconds }} }]
  triggers:
    - { type: cpu, metricType: Utilization, metadata: { value: {{ $keda.targetCPUUtilizationPercentage | quote }} } }
    - { type: memory, metricType: Utilization, metadata: { value: {{ $keda.targetMemoryUtilizationPercentage | quote }} } }
    {{- range .row.triggers }}
    {{- $source := index $.root.Values .of }}
    - type: metrics-api
      metadata:
        url: {{ printf "http://%s.%s.svc.%s:%v%s" (include "langsmith.componentName" (list $.root $source)) (include "langsmith.namespace" $.root) $.root.Values.clusterDomain $source.service.port .path | quote }}
        valueLocation: {{ .field }}
        targetValue: {{ $keda.queueTargetSize | quote }}
    {{- end }}
{{- end }}
