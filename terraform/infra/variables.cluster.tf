variable "kubernetes_version" {
  description = "Kubernetes minor version; AKS applies its patches. Regions drop old minors, so preflight compares it with what the region offers."
  type        = string
  nullable    = false
  default     = "1.36"

  validation {
    condition     = can(regex("^1\\.[1-9][0-9]$", var.kubernetes_version))
    error_message = "kubernetes_version must be a minor version such as \"1.36\", without a patch number: AKS chooses the patch (`az aks get-versions`)."
  }
}

variable "aks_sku_tier" {
  description = "Price tier of the control plane; Free has no uptime commitment."
  type        = string
  nullable    = false
  default     = "Standard"

  validation {
    condition     = contains(["Free", "Standard", "Premium"], var.aks_sku_tier)
    error_message = "aks_sku_tier must be Free, Standard or Premium."
  }
}

variable "default_node_pool_vm_size" {
  description = "VM size of the pool that runs LangSmith and the system pods."
  type        = string
  nullable    = false
  default     = "Standard_D8s_v5"

  validation {
    condition     = can(regex("^Standard_[A-Za-z0-9_-]+$", var.default_node_pool_vm_size))
    error_message = "default_node_pool_vm_size must be an Azure VM size such as \"Standard_D8s_v5\" (`az vm list-skus`)."
  }
}

variable "default_node_pool_min_count" {
  description = "Nodes the autoscaler always keeps in the default pool."
  type        = number
  nullable    = false
  default     = 3

  validation {
    condition     = var.default_node_pool_min_count >= 1 && floor(var.default_node_pool_min_count) == var.default_node_pool_min_count
    error_message = "default_node_pool_min_count must be a whole number of at least 1: system pods need a node."
  }
}

variable "default_node_pool_max_count" {
  description = "Nodes the autoscaler may reach in the default pool."
  type        = number
  nullable    = false
  default     = 10

  validation {
    condition     = floor(var.default_node_pool_max_count) == var.default_node_pool_max_count && var.default_node_pool_max_count >= var.default_node_pool_min_count
    error_message = "default_node_pool_max_count must be a whole number not below default_node_pool_min_count (${var.default_node_pool_min_count})."
  }
}

variable "default_node_pool_max_pods" {
  description = "Pods per node, in every pool that sets no value of its own. Changing it later rotates every node."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.default_node_pool_max_pods >= 30 && var.default_node_pool_max_pods <= 250 && floor(var.default_node_pool_max_pods) == var.default_node_pool_max_pods
    error_message = "default_node_pool_max_pods must be a whole number from 30 to 250."
  }
}

variable "availability_zones" {
  description = "Zones to spread every node pool over; empty leaves placement to Azure, which works for any VM size in any region."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for zone in var.availability_zones : contains(["1", "2", "3"], zone)]) && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones must be empty or list distinct values of \"1\", \"2\" and \"3\"."
  }
}

variable "additional_node_pools" {
  description = "Further node pools by name. max_pods defaults to default_node_pool_max_pods; taints are written key=value:Effect."
  type = map(object({
    vm_size   = string
    min_count = number
    max_count = number
    max_pods  = optional(number)
    labels    = optional(map(string), {})
    taints    = optional(list(string), [])
  }))
  nullable = false
  default = {
    large = {
      vm_size   = "Standard_D16s_v5"
      min_count = 0
      max_count = 2
      labels    = { "langsmith.io/pool" = "large" }
      taints    = ["langsmith.io/pool=large:NoSchedule"]
    }
  }

  # AKS allows twelve characters; three of them belong to the pool that stands in while this one is rotated.
  validation {
    condition     = alltrue([for name in keys(var.additional_node_pools) : can(regex("^[a-z][a-z0-9]{0,8}$", name)) && name != "default"])
    error_message = "additional_node_pools names must be 1 to 9 lower-case letters and digits, start with a letter, and not be \"default\"."
  }

  validation {
    condition     = alltrue([for pool in values(var.additional_node_pools) : can(regex("^Standard_[A-Za-z0-9_-]+$", pool.vm_size))])
    error_message = "additional_node_pools vm_size must be an Azure VM size such as \"Standard_D16s_v5\" (`az vm list-skus`)."
  }

  validation {
    condition = alltrue([
      for pool in values(var.additional_node_pools) :
      pool.min_count >= 0 && pool.max_count >= max(1, pool.min_count) && floor(pool.min_count) == pool.min_count && floor(pool.max_count) == pool.max_count
    ])
    error_message = "additional_node_pools counts must be whole numbers with 0 <= min_count <= max_count and max_count at least 1."
  }

  validation {
    condition = alltrue([
      for pool in values(var.additional_node_pools) :
      pool.max_pods == null ? true : pool.max_pods >= 30 && pool.max_pods <= 250 && floor(pool.max_pods) == pool.max_pods
    ])
    error_message = "additional_node_pools max_pods must be a whole number from 30 to 250, or be left out."
  }

  validation {
    condition = alltrue(flatten([
      for pool in values(var.additional_node_pools) : [
        for taint in pool.taints : can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*=[A-Za-z0-9._-]*:(NoSchedule|PreferNoSchedule|NoExecute)$", taint))
      ]
    ]))
    error_message = "additional_node_pools taints must be written key=value:Effect with Effect NoSchedule, PreferNoSchedule or NoExecute."
  }
}

variable "aks_authorized_ip_ranges" {
  description = "IPv4 ranges that may reach the Kubernetes API; empty leaves it public, guarded by Entra sign-in alone."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition = alltrue([
      for range in var.aks_authorized_ip_ranges : try(can(regex("^[0-9.]+/[0-9]+$", range)) && cidrhost(range, 0) == split("/", range)[0], false)
    ])
    error_message = "aks_authorized_ip_ranges must list IPv4 ranges without host bits, for example [\"203.0.113.7/32\"]."
  }
}

variable "aks_admin_group_object_ids" {
  description = "Object ids of Entra groups whose members administer the cluster."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for id in var.aks_admin_group_object_ids : can(regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", id))])
    error_message = "aks_admin_group_object_ids must list GUIDs (`az ad group show --query id`), not group names."
  }
}
