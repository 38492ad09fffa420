package enum UpstreamClientSkeleton {}
