{{/* Takes (root, object name). */}}
{{- define "keda.labels" -}}
{{- $root := index . 0 -}}
app: {{ index . 1 }}
name: {{ index . 1 }}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: keda-operator
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}
