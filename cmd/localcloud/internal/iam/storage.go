package iam

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var storageNeeds = map[string]need{
	"s3.PutObject":          on("s3:PutObject", object),
	"s3.GetObject":          on("s3:GetObject", object),
	"s3.HeadObject":         on("s3:GetObject", object),
	"s3.DeleteObject":       on("s3:DeleteObject", object),
	"s3.ListObjectsV2":      on("s3:ListBucket", bucket),
	"s3.HeadBucket":         on("s3:ListBucket", bucket),
	"s3.ListObjectVersions": on("s3:ListBucketVersions", bucket),
	"s3.DeleteObjects":      eachObject,
	"s3.GetBucketPolicy":    on("s3:GetBucketPolicy", bucket),
	"s3.PutBucketPolicy":    on("s3:PutBucketPolicy", bucket),
	"s3.GetBucketTagging":   on("s3:GetBucketTagging", bucket),
}

func bucket(c Call) string {
	if c.text("Bucket") == "" {
		return ""
	}
	return "arn:aws:s3:::" + c.text("Bucket")
}

func object(c Call) string {
	if b := bucket(c); b != "" && c.text("Key") != "" {
		return b + "/" + c.text("Key")
	}
	return ""
}

// eachObject needs permission for each object of the batch. The deletion of a version needs both actions.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func eachObject(c Call) (list []Request) {
	batch, _ := c.Input["Delete"].(map[string]any)
	for _, o := range elements(batch["Objects"]) {
		key, _ := o["Key"].(string)
		resource := bucket(c) + "/" + key
		list = append(list, Request{Action: "s3:DeleteObject", Resource: resource})
		if version, _ := o["VersionId"].(string); version != "" {
			list = append(list, Request{Action: "s3:DeleteObjectVersion", Resource: resource})
		}
	}
	return list
}
