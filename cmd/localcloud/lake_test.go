package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRawRecordsGoWhereTheTemplateSays(t *testing.T) {
	const backup = `"S3BackupConfiguration": {"BucketARN": {"Ref": "A"}, "Prefix": "raw/"}`
	for name, tc := range map[string]struct{ resources, want, err string }{
		"one bucket":          {`"X": {"Type": "Y", "Properties": []}, "D": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Ref": "A"}, ` + backup + `}}}`, "raw/", ""},
		"two buckets":         {`"D": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": {"ExtendedS3DestinationConfiguration": {"BucketARN": {"Ref": "B"}, ` + backup + `}}}`, "", "buckets of their own"},
		"no delivery stream":  {`"X": {"Type": "Y"}`, "", "no delivery stream"},
		"what is no template": {`"X"`, "", "read the template"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(folder, "assembly-local"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "assembly-local", "a.template.json"), []byte(`{"Resources": {`+tc.resources+`}}`), 0o600))
			got, err := rawPrefix(folder)
			assert.Equal(t, tc.want, got)
			if tc.err != "" {
				assert.ErrorContains(t, err, tc.err)
				return
			}
			assert.NoError(t, err)
		})
	}
}
