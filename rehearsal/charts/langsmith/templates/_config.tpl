{{/* Settings that are no secret and that no feature switch touches, so that turning a feature on rolls only who needs it. */}}
{{- define "langsmith.settings" -}}
{{- $config := .Values.config -}}
LANGCHAIN_ENV: local_kubernetes
LANGSMITH_BASE_PATH: {{ $config.basePath | quote }}
PHONE_HOME_LOGS_ENABLED: {{ $config.telemetry.logs | quote }}
PHONE_HOME_METRICS_ENABLED: {{ $config.telemetry.metrics | quote }}
PHONE_HOME_TRACES_ENABLED: {{ $config.telemetry.traces | quote }}
FF_TRACE_TIERS_ENABLED: {{ $config.ttl.enabled | quote }}
TRACE_TIER_TTL_LONGLIVED: {{ $config.ttl.ttl_period_seconds.longlived | quote }}
TRACE_TIER_TTL_SHORTLIVED: {{ $config.ttl.ttl_period_seconds.shortlived | quote }}
REDIS_RUNS_EXPIRY_SECONDS: {{ $config.settings.redisRunsExpirySeconds | quote }}
USER_ORG_CREATION_DISABLED: {{ $config.userOrgCreationDisabled | quote }}
PERSONAL_ORGS_DISABLED: {{ $config.personalOrgsDisabled | quote }}
WORKSPACE_SCOPE_ORG_INVITES_ENABLED: {{ $config.workspaceScopeOrgInvitesEnabled | quote }}
INFO_ENDPOINT_AUTH_REQUIRED: {{ $config.infoEndpointAuthRequired | quote }}
SUPER_ADMINS: {{ $config.superAdmins | join "," | quote }}
CUSTOM_ERROR_SUPPORT_MESSAGE: {{ $config.customErrorSupportMessage | quote }}
CORS_ALLOWED_ORIGINS: {{ $config.security.cors.allowedOrigins | quote }}
CORS_ALLOWED_ORIGINS_REGEX: {{ $config.security.cors.allowedOriginsRegex | quote }}
CORS_ALWAYS_ALLOW_PATHS_REGEX: {{ $config.security.cors.alwaysAllowPathsRegex | quote }}
OAUTH_SCOPES: {{ $config.oauth.oauthScopes | quote }}
OAUTH_SESSION_MAX_SEC: {{ $config.oauth.oauthSessionMaxSec | quote }}
AGENT_BUILDER_OAUTH_PROVIDER_ORG_ID: {{ $config.agentBuilder.oauthProviderOrgId | quote }}
{{- range $provider, $value := $config.agentBuilder.oauth }}
AGENT_BUILDER_{{ snakecase $provider | upper }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Takes (root, component key): where the frontend finds a component. */}}
{{- define "langsmith.upstream" -}}
{{- $component := index (index . 0).Values (index . 1) -}}
http://{{ include "langsmith.componentName" (list (index . 0) $component) }}.{{ include "langsmith.namespace" (index . 0) }}.svc.{{ (index . 0).Values.clusterDomain }}:{{ $component.service.port }}
{{- end }}

{{- define "langsmith.nginx" -}}
{{- $conditions := include "langsmith.conditions" . | fromYaml -}}
{{- $frontend := .Values.frontend -}}
{{- $routes := dict "/api/" "backend" "/playground" "playground" -}}
{{- if $conditions.hostBackend }}{{ $_ := set $routes "/api-host" "hostBackend" }}{{ end -}}
{{- if $conditions.toolServer }}{{ $_ := set $routes "/mcp" "agentBuilderToolServer" }}{{ end -}}
{{- if $conditions.triggerServer }}{{ $_ := set $routes "/v1/triggers" "agentBuilderTriggerServer" }}{{ end -}}
http {
  client_max_body_size {{ $frontend.maxBodySize }};
  keepalive_timeout {{ $frontend.keepAliveTimeout }};
  proxy_read_timeout {{ $frontend.proxyReadTimeout }};
  proxy_send_timeout {{ $frontend.proxyWriteTimeout }};
  proxy_connect_timeout {{ $frontend.proxyConnectTimeout }};
  server {
    listen {{ $frontend.containerPort }};
    {{- if $frontend.ipv6Enabled }}
    listen [::]:{{ $frontend.containerPort }};
    {{- end }}
    {{- if $frontend.ssl.enabled }}
    listen {{ $frontend.ssl.port }} ssl;
    ssl_certificate {{ $frontend.ssl.certificatePath }};
    ssl_certificate_key {{ $frontend.ssl.keyPath }};
    {{- end }}
    {{- if $frontend.includeNonce }}
    set $csp_nonce $request_id;
    {{- end }}
    add_header Content-Security-Policy {{ $frontend.cspHeader | quote }};
    location = /health { return 200; }
    {{- range $path, $component := $routes }}
    location {{ $path }} { proxy_pass {{ include "langsmith.upstream" (list $ $component) }}; }
    {{- end }}
  }
}
{{- end }}

{{/* Takes root, name and data (YAML text); a value that is empty is left out. */}}
{{- define "langsmith.secret" }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "langsmith.metadata" (dict "root" .root "name" .name) | nindent 2 }}
type: Opaque
data:
  {{- range $key, $value := .data }}
  {{- if ne (toString $value) "" }}
  {{ $key }}: {{ toString $value | b64enc }}
  {{- end }}
  {{- end }}
{{- end }}

{{/* The Secrets the chart makes itself. A store's existingSecretName stops its Secret even when the store runs in the cluster. */}}
{{- define "langsmith.secrets" -}}
{{- $config := .Values.config -}}
{{- if not (or $config.existingSecretName $config.disableSecretCreation) }}
{{- include "langsmith.secret" (dict "root" . "name" (include "langsmith.configSecret" .) "data" (dict
    "langsmith_license_key" $config.langsmithLicenseKey
    "api_key_salt" $config.apiKeySalt
    "jwt_secret" $config.basicAuth.jwtSecret
    "initial_org_admin_password" $config.basicAuth.initialOrgAdminPassword
    "oauth_client_id" $config.oauth.oauthClientId
    "oauth_client_secret" $config.oauth.oauthClientSecret
    "oauth_issuer_url" $config.oauth.oauthIssuerUrl
    "agent_builder_encryption_key" $config.agentBuilder.encryptionKey
    "insights_encryption_key" $config.insights.encryptionKey
    "polly_encryption_key" $config.polly.encryptionKey
    "azure_storage_account_key" $config.blobStorage.azureStorageAccountKey
    "azure_storage_connection_string" $config.blobStorage.azureStorageConnectionString
    "blob_storage_access_key" $config.blobStorage.accessKey
    "blob_storage_access_key_secret" $config.blobStorage.accessKeySecret)) }}
{{- end }}
{{- range $key := list "clickhouse" "postgres" "redis" }}
{{- $store := index $.Values $key }}
{{- if not (or $store.external.existingSecretName $store.disableSecretCreation) }}
{{- include "langsmith.secret" (dict "root" $ "name" (include "langsmith.componentName" (list $ $store)) "data" (include (printf "langsmith.secretData.%s" $key) $ | fromYaml)) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "langsmith.secretData.clickhouse" -}}
{{- $clickhouse := .Values.clickhouse.external -}}
{{- $host := $clickhouse.enabled | ternary $clickhouse.host (include "langsmith.componentName" (list . .Values.clickhouse)) -}}
{{ $clickhouse.hostSecretKey }}: {{ $host | quote }}
{{ $clickhouse.portSecretKey }}: {{ $clickhouse.port | quote }}
{{ $clickhouse.nativePortSecretKey }}: {{ $clickhouse.nativePort | quote }}
{{ $clickhouse.userSecretKey }}: {{ $clickhouse.user | quote }}
{{ $clickhouse.passwordSecretKey }}: {{ $clickhouse.password | quote }}
{{ $clickhouse.databaseSecretKey }}: {{ $clickhouse.database | quote }}
{{ $clickhouse.tlsSecretKey }}: {{ $clickhouse.tls | quote }}
{{- end }}

{{- define "langsmith.secretData.postgres" -}}
{{- $postgres := .Values.postgres.external -}}
{{- $host := $postgres.enabled | ternary $postgres.host (include "langsmith.componentName" (list . .Values.postgres)) -}}
{{- $url := printf "%s:%s@%s:%v/%s" $postgres.user $postgres.password $host $postgres.port $postgres.database -}}
{{ $postgres.connectionUrlSecretKey }}: {{ default $url $postgres.connectionUrl | quote }}
{{- if not $postgres.enabled }}
postgres_user: {{ $postgres.user | quote }}
postgres_password: {{ $postgres.password | quote }}
postgres_db: {{ $postgres.database | quote }}
{{- end }}
{{- end }}

{{- define "langsmith.secretData.redis" -}}
{{- $redis := .Values.redis.external -}}
{{- $url := printf "redis://%s:%v" (include "langsmith.componentName" (list . .Values.redis)) .Values.redis.service.port -}}
{{- if $redis.cluster.enabled -}}
{{ $redis.cluster.nodeUrisSecretKey }}: {{ toJson $redis.cluster.nodeUris | quote }}
{{ $redis.cluster.passwordSecretKey }}: {{ $redis.cluster.password | quote }}
{{- else -}}
{{ $redis.connectionUrlSecretKey }}: {{ $redis.enabled | ternary $redis.connectionUrl $url | quote }}
{{- end }}
{{- end }}
