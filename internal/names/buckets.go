package names

// TypeEmptiedBucket is the type of the custom resource that empties a bucket before it is deleted.
const TypeEmptiedBucket = "Custom::EmptiedBucket"

// PropertyBucket is the property of the custom resource that empties a bucket before it is deleted: the bucket's ARN.
const PropertyBucket = "Bucket"

// TagDisposable is the tag of buckets that go with their stack, objects and all. A bucket without it is never emptied: the custom resource
// is deleted too when an environment becomes a protected one, and by then the bucket has lost the tag.
const TagDisposable = "emptied-with-its-stack"
