{{- define "cert-manager.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $derived := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $derived .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Takes (root, component): the controller bears the chart's own name, the others add theirs. */}}
{{- define "cert-manager.componentName" -}}
{{- $suffix := eq (index . 1) "controller" | ternary "" (printf "-%s" (index . 1)) -}}
{{- printf "%s%s" (include "cert-manager.fullname" (index . 0)) $suffix }}
{{- end }}

{{- define "cert-manager.selector" -}}
{{- $app := eq (index . 1) "controller" | ternary (index . 0).Chart.Name (index . 1) -}}
app.kubernetes.io/name: {{ $app }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "cert-manager.labels" -}}
{{- $root := index . 0 -}}
app: {{ eq (index . 1) "controller" | ternary $root.Chart.Name (index . 1) }}
{{ include "cert-manager.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{- define "cert-manager.args.controller" -}}
- --v={{ .Values.global.logLevel }}
- --cluster-resource-namespace=$(POD_NAMESPACE)
- --leader-election-namespace={{ .Values.global.leaderElection.namespace }}
{{- with .Values.config }}
- --config=/var/cert-manager/config/config.yaml
{{- end }}
{{- with .Values.featureGates }}
- --feature-gates={{ . }}
{{- end }}
{{- end }}

{{- define "cert-manager.args.webhook" -}}
- --v={{ .Values.global.logLevel }}
- --secure-port=10250
- --dynamic-serving-dns-names={{ include "cert-manager.componentName" (list . "webhook") }}.$(POD_NAMESPACE).svc
{{- end }}

{{- define "cert-manager.args.cainjector" -}}
- --v={{ .Values.global.logLevel }}
- --leader-election-namespace={{ .Values.global.leaderElection.namespace }}
{{- end }}
