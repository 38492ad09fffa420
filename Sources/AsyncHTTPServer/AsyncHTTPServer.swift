package enum AsyncHTTPServerSkeleton {}
