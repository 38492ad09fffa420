package enum HTTPCoreSkeleton {}
