{{/* Takes (variable, Secret, key, optional): one variable read from a Secret. */}}
{{- define "langsmith.fromSecret" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
      {{- if index . 3 }}
      optional: true
      {{- end }}
{{- end }}

{{- define "langsmith.configSecret" -}}
{{- default (printf "%s-secrets" (include "langsmith.fullname" .)) .Values.config.existingSecretName }}
{{- end }}

{{/* Takes (root, store key). An existing Secret is honoured even when the store runs in the cluster: then nobody makes it. */}}
{{- define "langsmith.storeSecret" -}}
{{- $store := index (index . 0).Values (index . 1) -}}
{{- default (include "langsmith.componentName" (list (index . 0) $store)) $store.external.existingSecretName }}
{{- end }}

{{/* The environment of every back-end workload and every Job. */}}
{{- define "langsmith.commonEnv" -}}
{{ include "langsmith.env.settings" . }}
{{ include "langsmith.env.secrets" . }}
{{ include "langsmith.env.stores" . }}
{{- if .Values.config.blobStorage.enabled }}
{{ include "langsmith.env.blob" . }}
{{- end }}
{{- end }}

{{- define "langsmith.env.settings" -}}
{{- $config := .Values.config -}}
- { name: LOG_LEVEL, value: {{ $config.logLevel | quote }} }
- { name: LANGSMITH_URL, value: {{ include "langsmith.hostname" . | quote }} }
- { name: AUTH_TYPE, value: {{ $config.authType | quote }} }
- { name: BASIC_AUTH_ENABLED, value: {{ $config.basicAuth.enabled | quote }} }
{{- if .Values.ingestQueue.enabled }}
- { name: GO_QUEUE_ENABLED_ALL, value: "true" }
- { name: GO_FEEDBACK_QUEUE_ENABLED_ALL, value: "true" }
- { name: FF_PERSIST_BATCHED_RUNS_SUCCESS_LOGGING, value: "true" }
{{- end }}
{{- if $config.deployment.enabled }}
- { name: HOSTED_K8S_ROOT_DOMAIN, value: {{ include "langsmith.hostname" . | quote }} }
{{- end }}
{{- with $config.customCa.secretName }}
- { name: SSL_CERT_FILE, value: /etc/langsmith/ca/{{ $config.customCa.secretKey }} }
{{- end }}
{{- with $config.observability.tracing }}
{{- if .enabled }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .endpoint | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "langsmith.env.secrets" -}}
{{- $config := .Values.config -}}
{{- $secret := include "langsmith.configSecret" . -}}
{{- $lenient := $config.disableSecretCreation -}}
{{- $overridden := dict -}}
{{- range .Values.commonEnv }}{{ $_ := set $overridden .name true }}{{ end -}}
{{ include "langsmith.fromSecret" (list "LANGSMITH_LICENSE_KEY" $secret "langsmith_license_key" $lenient) }}
{{ include "langsmith.fromSecret" (list "API_KEY_SALT" $secret "api_key_salt" $lenient) }}
{{- if not (hasKey $overridden "X_SERVICE_AUTH_JWT_SECRET") }}
{{ include "langsmith.fromSecret" (list "X_SERVICE_AUTH_JWT_SECRET" $secret "api_key_salt" $lenient) }}
{{- end }}
{{- if $config.basicAuth.enabled }}
{{ include "langsmith.fromSecret" (list "BASIC_AUTH_JWT_SECRET" $secret "jwt_secret" $lenient) }}
{{- end }}
{{- if $config.oauth.enabled }}
{{ include "langsmith.env.oauth" . }}
{{- if eq $config.authType "mixed" }}
{{ include "langsmith.fromSecret" (list "OAUTH_CLIENT_SECRET" $secret "oauth_client_secret" $lenient) }}
{{- end }}
{{- end }}
{{- if $config.agentBuilder.enabled }}
{{ include "langsmith.fromSecret" (list "AGENT_BUILDER_ENCRYPTION_KEY" $secret "agent_builder_encryption_key" $lenient) }}
{{- end }}
{{- if $config.insights.enabled }}
{{ include "langsmith.fromSecret" (list "CLIO_ENCRYPTION_KEY" $secret "insights_encryption_key" $lenient) }}
{{- end }}
{{- if $config.polly.enabled }}
{{ include "langsmith.fromSecret" (list "POLLY_ENCRYPTION_KEY" $secret "polly_encryption_key" $lenient) }}
{{- end }}
{{- end }}

{{- define "langsmith.env.oauth" -}}
{{- $secret := include "langsmith.configSecret" . -}}
{{- $lenient := .Values.config.disableSecretCreation -}}
{{ include "langsmith.fromSecret" (list "OAUTH_CLIENT_ID" $secret "oauth_client_id" $lenient) }}
{{ include "langsmith.fromSecret" (list "OAUTH_ISSUER_URL" $secret "oauth_issuer_url" $lenient) }}
{{- end }}

{{- define "langsmith.env.stores" -}}
{{- $postgres := .Values.postgres.external -}}
{{- $redis := .Values.redis.external -}}
{{- $clickhouse := .Values.clickhouse.external -}}
{{- $secret := include "langsmith.storeSecret" (list . "postgres") -}}
{{ include "langsmith.fromSecret" (list "POSTGRES_DATABASE_URI" $secret $postgres.connectionUrlSecretKey false) }}
- { name: POSTGRES_SCHEMA, value: {{ $postgres.schema | quote }} }
{{- with $postgres.iamAuthProvider }}
- { name: POSTGRES_IAM_AUTH_PROVIDER, value: {{ . | quote }} }
{{- end }}
{{- if $postgres.customTls }}
- { name: POSTGRES_TLS, value: "true" }
{{- end }}
{{- $secret = include "langsmith.storeSecret" (list . "redis") }}
{{- if $redis.cluster.enabled }}
{{ include "langsmith.fromSecret" (list "REDIS_CLUSTER_DATABASE_URIS" $secret $redis.cluster.nodeUrisSecretKey false) }}
{{ include "langsmith.fromSecret" (list "REDIS_CLUSTER_PASSWORD" $secret $redis.cluster.passwordSecretKey true) }}
- { name: REDIS_CLUSTER_TLS_ENABLED, value: {{ $redis.cluster.tlsEnabled | quote }} }
{{- else }}
{{ include "langsmith.fromSecret" (list "REDIS_DATABASE_URI" $secret $redis.connectionUrlSecretKey false) }}
{{- end }}
{{- with $redis.iamAuthProvider }}
- { name: REDIS_IAM_AUTH_PROVIDER, value: {{ . | quote }} }
{{- end }}
{{- $secret = include "langsmith.storeSecret" (list . "clickhouse") }}
{{- range $variable, $field := dict "HOST" "host" "PORT" "port" "NATIVE_PORT" "nativePort" "USER" "user" "PASSWORD" "password" "DB" "database" "TLS" "tls" }}
{{ include "langsmith.fromSecret" (list (printf "CLICKHOUSE_%s" $variable) $secret (index $clickhouse (printf "%sSecretKey" $field)) false) }}
{{- end }}
{{- with $clickhouse.cluster }}
- { name: CLICKHOUSE_CLUSTER, value: {{ . | quote }} }
{{- end }}
{{- if $clickhouse.hybrid }}
- { name: CLICKHOUSE_HYBRID, value: "true" }
{{- end }}
{{- end }}

{{- define "langsmith.env.blob" -}}
{{- $blob := .Values.config.blobStorage -}}
{{- $secret := include "langsmith.configSecret" . -}}
- { name: FF_BLOB_STORAGE_ENABLED, value: "true" }
- { name: BLOB_STORAGE_ENGINE, value: {{ $blob.engine | quote }} }
- { name: MIN_BLOB_STORAGE_SIZE_KB, value: {{ $blob.minBlobStorageSizeKb | quote }} }
- { name: FF_CH_SEARCH_ENABLED, value: {{ $blob.chSearchEnabled | quote }} }
{{- if eq (lower $blob.engine) "azure" }}
- { name: AZURE_STORAGE_ACCOUNT_NAME, value: {{ $blob.azureStorageAccountName | quote }} }
- { name: AZURE_STORAGE_CONTAINER_NAME, value: {{ $blob.azureStorageContainerName | quote }} }
{{- with $blob.azureStorageServiceUrlOverride }}
- { name: AZURE_STORAGE_SERVICE_URL_OVERRIDE, value: {{ . | quote }} }
{{- end }}
{{ include "langsmith.fromSecret" (list "AZURE_STORAGE_ACCOUNT_KEY" $secret "azure_storage_account_key" true) }}
{{ include "langsmith.fromSecret" (list "AZURE_STORAGE_CONNECTION_STRING" $secret "azure_storage_connection_string" true) }}
{{- else }}
- { name: S3_BUCKET_NAME, value: {{ $blob.bucketName | quote }} }
- { name: S3_API_URL, value: {{ $blob.apiURL | quote }} }
- { name: S3_USE_PATH_STYLE, value: {{ $blob.s3UsePathStyle | quote }} }
{{- if $blob.kmsEncryptionEnabled }}
- { name: S3_KMS_KEY_ARN, value: {{ $blob.kmsKeyArn | quote }} }
{{- end }}
{{ include "langsmith.fromSecret" (list "S3_ACCESS_KEY" $secret "blob_storage_access_key" true) }}
{{ include "langsmith.fromSecret" (list "S3_ACCESS_KEY_SECRET" $secret "blob_storage_access_key_secret" true) }}
{{- end }}
{{- end }}

{{- define "langsmith.env.frontend" -}}
{{- $config := .Values.config -}}
- { name: VITE_SELF_HOSTED_BASE_PATH, value: {{ $config.basePath | quote }} }
- { name: VITE_SELF_HOSTED_DEPLOYMENTS_ENABLED, value: {{ $config.deployment.enabled | quote }} }
- { name: VITE_SELF_HOSTED_AGENT_BUILDER_ENABLED, value: {{ $config.agentBuilder.enabled | quote }} }
- { name: VITE_SELF_HOSTED_CLIO_ENABLED, value: {{ $config.insights.enabled | quote }} }
- { name: VITE_SELF_HOSTED_POLLY_ENABLED, value: {{ $config.polly.enabled | quote }} }
{{- if $config.customLogo.enabled }}
- { name: VITE_CUSTOM_LOGO_URL, value: {{ $config.customLogo.logoUrl | quote }} }
- { name: VITE_CUSTOM_LOGO_CO_BRANDING, value: {{ $config.customLogo.coBrandingEnabled | quote }} }
{{- end }}
{{- if $config.oauth.enabled }}
{{ include "langsmith.env.oauth" . }}
{{- end }}
{{- end }}

{{- define "langsmith.env.hostBackend" -}}
- { name: HOST_BACKEND_ENDPOINT_PUBLIC, value: {{ printf "%s/api-host" .Values.config.hostname | quote }} }
- { name: DEPLOYMENTS_BASE_PATH, value: {{ .Values.config.deployment.basePath | quote }} }
- { name: INGRESS_HEALTH_CHECK_ENABLED, value: {{ .Values.config.deployment.ingressHealthCheckEnabled | quote }} }
{{- end }}

{{- define "langsmith.env.operator" -}}
- { name: ROOT_DOMAIN, value: {{ include "langsmith.hostname" . | quote }} }
- { name: TLS_ENABLED, value: {{ .Values.config.deployment.tlsEnabled | quote }} }
- { name: KEDA_ENABLED, value: {{ .Values.operator.kedaEnabled | quote }} }
- { name: WATCH_NAMESPACES, value: {{ .Values.operator.watchNamespaces | quote }} }
- { name: DEPLOYMENTS_BASE_PATH, value: {{ .Values.config.deployment.basePath | quote }} }
- { name: TEMPLATES_CONFIG_MAP, value: {{ include "langsmith.fullname" . }}-operator-config }
{{- if .Values.gateway.enabled }}
- { name: GATEWAY_NAME, value: {{ .Values.gateway.name | quote }} }
- { name: GATEWAY_NAMESPACE, value: {{ default .Release.Namespace .Values.gateway.namespace | quote }} }
{{- else if .Values.istioGateway.enabled }}
- { name: ISTIO_GATEWAY_NAME, value: {{ .Values.istioGateway.name | quote }} }
- { name: ISTIO_GATEWAY_NAMESPACE, value: {{ default .Release.Namespace .Values.istioGateway.namespace | quote }} }
{{- else }}
- { name: SHARED_INGRESS_NAME, value: {{ include "langsmith.fullname" . }}-ingress }
- { name: SHARED_INGRESS_NAMESPACE, value: {{ include "langsmith.namespace" . }} }
{{- end }}
{{- end }}

{{- define "langsmith.env.authBootstrap" -}}
{{- $config := .Values.config -}}
- { name: INITIAL_ORG_ADMIN_EMAIL, value: {{ default $config.basicAuth.initialOrgAdminEmail $config.initialOrgAdminEmail | quote }} }
- { name: INITIAL_ORG_NAME, value: {{ $config.initialOrgName | quote }} }
- { name: DEFAULT_WORKSPACE_NAME, value: {{ $config.defaultWorkspaceName | quote }} }
{{- if $config.basicAuth.enabled }}
{{ include "langsmith.fromSecret" (list "INITIAL_ORG_ADMIN_PASSWORD" (include "langsmith.configSecret" .) "initial_org_admin_password" $config.disableSecretCreation) }}
{{- end }}
{{- end }}

{{/*
All variables of one container, in order; a name given twice stops the render. Takes root, who (for the message), commonEnv, userEnv,
own (name of a helper, or empty) and extra (the user's list).
*/}}
{{- define "langsmith.env" -}}
{{- $env := list -}}
{{- if .commonEnv }}{{ $env = include "langsmith.commonEnv" .root | fromYamlArray | concat $env }}{{ end -}}
{{- if .own }}{{ $env = include (printf "langsmith.env.%s" .own) .root | fromYamlArray | concat $env }}{{ end -}}
{{- if .userEnv }}{{ $env = concat $env .root.Values.commonEnv }}{{ end -}}
{{- $env = concat $env (default list .extra) -}}
{{- $seen := dict -}}
{{- $twice := list -}}
{{- range $env -}}
{{- if hasKey $seen .name }}{{ $twice = append $twice .name }}{{ end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- if $twice }}{{ fail (printf "%s would get these variables twice (chart, commonEnv, extraEnv): %s" .who ($twice | uniq | join ", ")) }}{{ end -}}
{{- toYaml $env }}
{{- end }}
