{{/*
A role and its binding. Takes root, name, account and rules (YAML text); optional: kind (Role or ClusterRole), roleName and bindingName,
namespace, labels, annotations. The subject's namespace is always the release's.
*/}}
{{- define "langsmith.grant" }}
{{- $kind := default "Role" .kind }}
{{- $roleName := default .name .roleName }}
{{- $shared := dict "root" .root "component" .name "labels" .labels "annotations" .annotations "clusterWide" (eq $kind "ClusterRole") "namespace" .namespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "langsmith.metadata" (merge (dict "name" $roleName) $shared) | nindent 2 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "langsmith.metadata" (merge (dict "name" (default .name .bindingName)) $shared) | nindent 2 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ $kind }}, name: {{ $roleName }} }
subjects:
  - { kind: ServiceAccount, name: {{ .account }}, namespace: {{ .root.Release.Namespace }} }
{{- end }}

{{- define "langsmith.rules.agents" -}}
- { apiGroups: [apps.langchain.ai], resources: [lgps, lgps/status], verbs: ["*"] }
- { apiGroups: [""], resources: [pods, pods/log, services, secrets, configmaps], verbs: [get, list, watch, create, update, patch, delete] }
- { apiGroups: [apps], resources: [deployments, replicasets, statefulsets], verbs: [get, list, watch, create, update, patch, delete] }
{{- end }}

{{- define "langsmith.rules.operator" -}}
{{ include "langsmith.rules.agents" . }}
- { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: ["*"] }
- { apiGroups: [gateway.networking.k8s.io], resources: [httproutes], verbs: ["*"] }
- { apiGroups: [networking.istio.io], resources: [virtualservices], verbs: ["*"] }
- { apiGroups: [keda.sh], resources: [scaledobjects], verbs: ["*"] }
- { apiGroups: [""], resources: [persistentvolumeclaims, events], verbs: ["*"] }
{{- end }}
