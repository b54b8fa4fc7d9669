package names

// TypeEmptiedBucket is the type of the custom resource that empties a bucket before it is deleted.
const TypeEmptiedBucket = "Custom::EmptiedBucket"

// PropertyBucket is the property of the custom resource that empties a bucket before it is deleted: the bucket's ARN.
const PropertyBucket = "Bucket"

// TagDisposable is the tag of buckets that are deleted with their stack, including their objects. A bucket without the tag is never
// emptied. The custom resource alone does not show that a bucket is disposable: it is also deleted when an environment becomes a protected
// one, but the bucket has lost its tag by then.
const TagDisposable = "emptied-with-its-stack"
