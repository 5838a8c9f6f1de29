variable "resource_group_name" {
  description = "Resource group to create in."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Azure region."
  type        = string
  nullable    = false
}

variable "cluster_name" {
  description = "Name and DNS prefix of the cluster."
  type        = string
  nullable    = false
}

variable "kubernetes_version" {
  description = "Kubernetes minor version."
  type        = string
  nullable    = false
}

variable "sku_tier" {
  description = "Price tier of the control plane."
  type        = string
  nullable    = false
}

variable "subnet_id" {
  description = "Subnet of every node pool."
  type        = string
  nullable    = false
}

variable "pod_cidr" {
  description = "Overlay range of the pods."
  type        = string
  nullable    = false
}

variable "service_cidr" {
  description = "Range of Kubernetes service addresses."
  type        = string
  nullable    = false
}

variable "dns_service_ip" {
  description = "Address of the DNS service, inside service_cidr."
  type        = string
  nullable    = false
}

variable "authorized_ip_ranges" {
  description = "Ranges that may reach the Kubernetes API; empty leaves it public."
  type        = list(string)
  nullable    = false
}

variable "tenant_id" {
  description = "Entra tenant users sign in with."
  type        = string
  nullable    = false
}

variable "admin_group_object_ids" {
  description = "Entra groups whose members administer the cluster."
  type        = list(string)
  nullable    = false
}

variable "deployer_object_id" {
  description = "Object id of the principal that installs into the cluster."
  type        = string
  nullable    = false
}

variable "default_node_pool" {
  description = "The pool that runs LangSmith and the system pods."
  type = object({
    name      = string
    vm_size   = string
    min_count = number
    max_count = number
    max_pods  = number
  })
  nullable = false
}

variable "additional_node_pools" {
  description = "Further pools by name."
  type = map(object({
    vm_size   = string
    min_count = number
    max_count = number
    max_pods  = number
    labels    = map(string)
    taints    = list(string)
  }))
  nullable = false
}

variable "availability_zones" {
  description = "Zones of every pool; empty leaves placement to Azure."
  type        = list(string)
  nullable    = false
}

variable "max_surge" {
  description = "Nodes added to a pool while it is upgraded, as a percentage such as \"10%\"."
  type        = string
  nullable    = false
}

variable "istio_addon_revision" {
  description = "Revision of the AKS Istio add-on; empty installs none."
  type        = string
  nullable    = false
}

variable "application_identity_name" {
  description = "Name of the identity LangSmith pods act as."
  type        = string
  nullable    = false
}

variable "langsmith_namespace" {
  description = "Namespace the federated credentials name."
  type        = string
  nullable    = false
}

variable "langsmith_release_name" {
  description = "Helm release name the service accounts start with."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
}
