{{- define "gateway-helm.selector" -}}
control-plane: envoy-gateway
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gateway-helm.labels" -}}
{{ include "gateway-helm.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "gateway-helm.image" -}}
{{- $own := .Values.deployment.envoyGateway.image -}}
{{- if $own.repository }}{{ $own.repository }}:{{ default .Chart.AppVersion $own.tag }}{{ else }}{{ .Values.global.images.envoyGateway.image }}{{ end -}}
{{- end }}
