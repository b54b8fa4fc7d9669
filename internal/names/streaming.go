package names

// PropertyApplication is the property of the custom resource that starts an application: its name.
const PropertyApplication = "Application"
