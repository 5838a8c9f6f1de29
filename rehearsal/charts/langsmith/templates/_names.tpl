{{- define "langsmith.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The prefix of every object: the release name when it contains the chart's name, else both. */}}
{{- define "langsmith.fullname" -}}
{{- $name := include "langsmith.name" . -}}
{{- $derived := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $derived .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "langsmith.namespace" -}}
{{- default .Release.Namespace .Values.namespace }}
{{- end }}

{{/* Takes (root, component values): the object name of a component. */}}
{{- define "langsmith.componentName" -}}
{{- printf "%s-%s" (include "langsmith.fullname" (index . 0)) (index . 1).name }}
{{- end }}

{{/* Takes (root, component values): the ServiceAccount its pods use. */}}
{{- define "langsmith.serviceAccountName" -}}
{{- $account := (index . 1).serviceAccount -}}
{{- if $account.create -}}
{{- default (include "langsmith.componentName" .) $account.name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{- default "default" $account.name }}
{{- end -}}
{{- end }}

{{/* Takes (root, component name). */}}
{{- define "langsmith.selectorLabels" -}}
app.kubernetes.io/name: {{ include "langsmith.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* What the vendor writes on every object, as labels and again as annotations. */}}
{{- define "langsmith.provenance" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
The metadata of one object. Takes root and name; optional: component, labels, annotations, clusterWide.
The object's own labels win over common ones.
*/}}
{{- define "langsmith.metadata" -}}
{{- $root := .root -}}
{{- $identity := include "langsmith.selectorLabels" (list $root (default .name .component)) | fromYaml -}}
{{- $provenance := include "langsmith.provenance" $root -}}
name: {{ .name }}
{{- if not .clusterWide }}
namespace: {{ default (include "langsmith.namespace" $root) .namespace }}
{{- end }}
labels:
  {{- merge (dict) (default dict .labels) $root.Values.commonLabels $identity (fromYaml $provenance) | toYaml | nindent 2 }}
annotations:
  {{- merge (dict) (default dict .annotations) $root.Values.commonAnnotations (fromYaml $provenance) | toYaml | nindent 2 }}
{{- end }}

{{/* Takes (root, key below images). */}}
{{- define "langsmith.image" -}}
{{- $image := index (index . 0).Values.images (index . 1) -}}
{{- $registry := (index . 0).Values.images.registry -}}
{{- printf "%s%s:%s" (empty $registry | ternary "" (printf "%s/" $registry)) $image.repository $image.tag }}
{{- end }}

{{/* The user's host name without scheme. */}}
{{- define "langsmith.hostname" -}}
{{- .Values.config.hostname | trimPrefix "https://" | trimPrefix "http://" }}
{{- end }}

{{/* What decides whether an object renders, by the names the tables in files/ use. */}}
{{- define "langsmith.conditions" -}}
{{- $config := .Values.config -}}
{{- $deployments := $config.deployment.enabled -}}
{{- $passwordLogin := or $config.basicAuth.enabled (and $config.oauth.enabled (eq $config.authType "mixed")) -}}
always: true
deployments: {{ $deployments }}
ingestQueue: {{ .Values.ingestQueue.enabled }}
hostBackend: {{ or $deployments .Values.hostBackend.enabled }}
operator: {{ and $deployments .Values.operator.enabled }}
toolServer: {{ and $config.agentBuilder.enabled .Values.agentBuilderToolServer.enabled }}
triggerServer: {{ and $config.agentBuilder.enabled .Values.agentBuilderTriggerServer.enabled }}
migrations: {{ .Values.backend.migrations.enabled }}
clickhouseMigrations: {{ .Values.backend.clickhouseMigrations.enabled }}
feedbackConfigMigration: {{ .Values.backend.feedbackConfigMigration.enabled }}
feedbackDataMigration: {{ .Values.backend.feedbackDataMigration.enabled }}
e2eTest: {{ and .Values.backend.e2eTest.enabled $passwordLogin }}
agentBootstrap: {{ and .Values.backend.agentBootstrap.enabled $deployments }}
{{- end }}
