// Package web embeds the console's pages, as far as they were built: `make console` does. Without them the folder has its note alone, so
// that the Go programs build on a machine without Node.js.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Pages are the built pages, a folder for each language; empty where they were not built.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist/app")
	if err != nil {
		panic("web: " + err.Error()) // the name is a valid one
	}
	return pages
}
