package main

import "github.com/spf13/cobra"

func smokeCommand() *cobra.Command { return &cobra.Command{Use: "smoke"} }
