{{/* Takes (component values, port of a table row): a fixed number, or the value the row points at. */}}
{{- define "langsmith.portNumber" -}}
{{- $port := index . 1 -}}
{{- if $port.number }}{{ $port.number }}{{ else }}{{ index (index . 0) $port.container }}{{ end -}}
{{- end }}

{{/* Container ports of a row of the tables, each number once. Takes ports and values. */}}
{{- define "langsmith.ports" -}}
{{- $values := .values -}}
{{- $seen := dict -}}
{{- range .ports -}}
{{- $number := include "langsmith.portNumber" (list $values .) -}}
{{- if not (hasKey $seen $number) }}
- { name: {{ .name }}, containerPort: {{ $number }}, protocol: TCP }
{{- end -}}
{{- $_ := set $seen $number true -}}
{{- end -}}
{{- end }}

{{/*
A pod template. Takes root; name (of the container); image (key below images); options (the user's deployment, statefulSet or job block);
env, selector, labels and annotations (YAML text, text, maps); serviceAccountName; optional: ports, args, command, envFrom, volumes, mounts,
restartPolicy, sandboxed.
*/}}
{{- define "langsmith.podTemplate" -}}
{{- $root := .root -}}
{{- $options := .options -}}
{{- $container := dict "name" .name "image" (include "langsmith.image" (list $root .image)) "imagePullPolicy" (index $root.Values.images .image).pullPolicy -}}
{{- range $key := list "command" "resources" "securityContext" "lifecycle" "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- with index $options $key }}{{ $_ := set $container $key . }}{{ end -}}
{{- end -}}
{{- range $key := list "command" "args" "envFrom" "ports" -}}
{{- with index $ $key }}{{ $_ := set $container $key . }}{{ end -}}
{{- end -}}
{{- with fromYamlArray .env }}{{ $_ := set $container "env" . }}{{ end -}}
{{- $volumes := concat (default list .volumes) (default list $options.volumes) -}}
{{- $mounts := concat (default list .mounts) (default list $options.volumeMounts) -}}
{{- $initContainers := default list $options.initContainers -}}
{{- if not .sandboxed -}}
{{- $volumes = concat $volumes $root.Values.commonVolumes -}}
{{- $mounts = concat $mounts $root.Values.commonVolumeMounts -}}
{{- $initContainers = concat $root.Values.commonInitContainers $initContainers -}}
{{- with $root.Values.config.customCa -}}
{{- if .secretName -}}
{{- $volumes = append $volumes (dict "name" "custom-ca" "secret" (dict "secretName" .secretName)) -}}
{{- $mounts = append $mounts (dict "name" "custom-ca" "mountPath" "/etc/langsmith/ca" "readOnly" true) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $mounts }}{{ $_ := set $container "volumeMounts" . }}{{ end -}}
{{- $container = merge $container (default dict $options.extraContainerConfig) -}}
{{- $spec := dict "serviceAccountName" .serviceAccountName "containers" (prepend (default list $options.sidecars) $container) -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "terminationGracePeriodSeconds" -}}
{{- with index $options $key }}{{ $_ := set $spec $key . }}{{ end -}}
{{- end -}}
{{- with merge (dict) (default dict $options.podSecurityContext) $root.Values.commonPodSecurityContext }}{{ $_ := set $spec "securityContext" . }}{{ end -}}
{{- with $root.Values.images.imagePullSecrets }}{{ $_ := set $spec "imagePullSecrets" . }}{{ end -}}
{{- with $initContainers }}{{ $_ := set $spec "initContainers" . }}{{ end -}}
{{- with $volumes }}{{ $_ := set $spec "volumes" . }}{{ end -}}
{{- with .restartPolicy }}{{ $_ := set $spec "restartPolicy" . }}{{ end -}}
metadata:
  labels:
    {{- merge (dict) (default dict .labels) $root.Values.commonLabels (fromYaml .selector) | toYaml | nindent 4 }}
  {{- with merge (dict) (default dict .annotations) $root.Values.commonPodAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- toYaml $spec | nindent 2 }}
{{- end }}

{{/* Rolls pods when a Secret the chart itself makes changes; an outside Secret cannot be seen from here. */}}
{{- define "langsmith.checksums" -}}
{{- $secrets := include "langsmith.secrets" . -}}
checksum/config: {{ include "langsmith.settings" . | sha256sum }}
{{- with trim $secrets }}
checksum/secrets: {{ sha256sum . }}
{{- end }}
{{- end }}

{{/* Takes root, values, name, and labels for the account. */}}
{{- define "langsmith.serviceAccount" -}}
{{- if .values.serviceAccount.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "langsmith.metadata" (dict "root" .root "name" (include "langsmith.serviceAccountName" (list .root .values)) "component" .name "labels" .labels "annotations" .values.serviceAccount.annotations) | nindent 2 }}
automountServiceAccountToken: {{ .values.serviceAccount.automountServiceAccountToken }}
{{- end }}
{{- end }}

{{/* Takes root, values, name and ports; a component without a service block has none. */}}
{{- define "langsmith.service" -}}
{{- $values := .values -}}
{{- if $values.service }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "langsmith.metadata" (dict "root" .root "name" .name "labels" $values.service.labels "annotations" $values.service.annotations) | nindent 2 }}
spec:
  type: {{ $values.service.type }}
  {{- with $values.service.loadBalancerIP }}
  loadBalancerIP: {{ . }}
  {{- end }}
  {{- with $values.service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges: {{ toJson . }}
  {{- end }}
  selector:
    {{- include "langsmith.selectorLabels" (list .root .name) | nindent 4 }}
  ports:
    {{- range .ports }}
    {{- $target := include "langsmith.portNumber" (list $values .) }}
    - name: {{ .name }}
      port: {{ if .service }}{{ index $values.service .service }}{{ else }}{{ $target }}{{ end }}
      targetPort: {{ $target }}
      protocol: TCP
    {{- end }}
{{- end }}
{{- end }}

{{/* Takes root, values and name. */}}
{{- define "langsmith.disruptionBudget" -}}
{{- with .values.pdb }}
{{- if .enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "langsmith.metadata" (dict "root" $.root "name" $.name "labels" .labels "annotations" .annotations) | nindent 2 }}
spec:
  {{- if hasKey . "maxUnavailable" }}
  maxUnavailable: {{ .maxUnavailable }}
  {{- else }}
  minAvailable: {{ .minAvailable }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "langsmith.selectorLabels" (list $.root $.name) | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
