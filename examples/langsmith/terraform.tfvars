# Everything about this deployment that is not a secret. The action refuses keys it does not know.
location   = "westeurope"
identifier = "-demo"
owner      = "platform-team"

# LangSmith answers at https://langsmith-demo.westeurope.cloudapp.azure.com
dns_label         = "langsmith-demo"
letsencrypt_email = "platform@contoso.example"

# Addresses from which the Key Vault may be used: those of your runners.
keyvault_allowed_ips = ["203.0.113.10"]
