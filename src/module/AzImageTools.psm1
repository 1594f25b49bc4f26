# Loads the module's assemblies. No cmdlet of another module is called here: loading it would double the time of an import.

$isCore = $PSVersionTable['PSEdition'] -eq 'Core'
$bin = [IO.Path]::Combine($PSScriptRoot, 'bin', $(if ($isCore) { 'net8.0' } else { 'netstandard2.0' }))

$loader = if ($isCore) { 'AzImageTools.Loader.LoadContext' } else { 'AzImageTools.Loader.DesktopResolver' }
if (-not ($loader -as [type])) {
    $null = [Reflection.Assembly]::LoadFrom([IO.Path]::Combine($bin, 'AzImageTools.Loader.dll'))
}

if (-not $isCore) {
    # Before anything else is loaded: the other assemblies' dependencies are looked for at once.
    [AzImageTools.Loader.DesktopResolver]::Register($bin)
    $ExecutionContext.SessionState.Module.OnRemove = { [AzImageTools.Loader.DesktopResolver]::Unregister() }
}

# Each assembly with public types is imported, so that scripts can name them: [AzImageTools.Disks.Inspection.DiskInfo].
foreach ($name in 'AzImageTools.Disks', 'AzImageTools.Readiness', 'AzImageTools.Services', 'AzImageTools') {
    $assembly = if ($isCore) {
        [AzImageTools.Loader.LoadContext]::LoadModuleAssembly($bin, $name)
    }
    else {
        [Reflection.Assembly]::LoadFrom([IO.Path]::Combine($bin, "$name.dll"))
    }

    $inner = Import-Module -Assembly $assembly -PassThru

    # A binary module that this process has imported before exports nothing when it is imported again from here
    # (Import-Module -Force, or Remove-Module and Import-Module: PowerShell issue 20710). AddExportedCmdlet is not
    # public API; nothing public does the same.
    if ($inner -and $inner.ExportedCmdlets.Count -gt 0) {
        $add = [Management.Automation.PSModuleInfo].GetMethod('AddExportedCmdlet', [Reflection.BindingFlags]'Instance, NonPublic')
        foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
            $null = $add.Invoke($ExecutionContext.SessionState.Module, [object[]]@(, $cmdlet))
        }
    }
}
