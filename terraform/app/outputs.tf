output "releases" {
  description = "Helm release -> revision and chart version."
  value = {
    for release in concat(
      values(helm_release.addon), values(helm_release.addon_second), values(helm_release.addon_third),
      [helm_release.platform, helm_release.langsmith],
    ) : release.name => { revision = release.metadata.revision, version = release.metadata.version }
  }
}
