package enum ReactorSkeleton {}
