package enum HTTPRoutesSkeleton {}
