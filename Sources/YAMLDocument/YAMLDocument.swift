package enum YAMLDocumentSkeleton {}
