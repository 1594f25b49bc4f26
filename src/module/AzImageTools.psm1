# Loads the module's assemblies. No cmdlet of another module is called here: loading it would double the time of an import.

# What can't go on says so in one error, before anything is loaded. Until then only what constrained language allows is used.
# Write-Error is another module's, but nothing is to be imported then.
$refusal = if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    @{
        ErrorId           = 'ConstrainedLanguage'
        Category          = 'PermissionDenied'
        Message           = "AzImageTools can't be imported here: scripts that this machine's policy (App Control, AppLocker) does not trust run in $($ExecutionContext.SessionState.LanguageMode) mode, and '$PSScriptRoot' is not trusted."
        RecommendedAction = "Have the policy allow that folder's files, by their hashes, their path or a signature of your own, and import it in a new session: a trusted module works in constrained sessions too."
    }
}
elseif ($PSVersionTable['PSEdition'] -eq 'Core' -and ($PSVersionTable['PSVersion'].Major * 100 + $PSVersionTable['PSVersion'].Minor) -lt 704) {
    # The manifest can't tell: it asks for the least of both editions. Numbers are compared, as making a version of a text costs a seventh of the import.
    @{
        ErrorId           = 'PowerShellTooOld'
        Category          = 'NotInstalled'
        Message           = "AzImageTools needs PowerShell 7.4 or later, or Windows PowerShell 5.1; this is $($PSVersionTable['PSVersion']), whose .NET is older than 8."
        RecommendedAction = 'Install a newer PowerShell (https://aka.ms/powershell), or on Windows use Windows PowerShell.'
    }
}
else {
    $isCore = $PSVersionTable['PSEdition'] -eq 'Core'
    $bin = [IO.Path]::Combine($PSScriptRoot, 'bin', $(if ($isCore) { 'net8.0' } else { 'netstandard2.0' }))
    if (-not ('AzImageTools.Loader.LoadedModule' -as [type])) {
        $null = [Reflection.Assembly]::LoadFrom([IO.Path]::Combine($bin, 'AzImageTools.Loader.dll'))
    }

    $other = [AzImageTools.Loader.LoadedModule]::FindOther($PSScriptRoot)
    if ($other) {
        @{
            ErrorId           = 'AnotherVersionLoaded'
            Category          = 'ResourceBusy'
            Message           = "AzImageTools can't be imported from '$PSScriptRoot': this process has another version of it, from '$other', and keeps that until it ends."
            RecommendedAction = 'Start a new PowerShell process, and import the wanted version there.'
        }
    }
}

if ($refusal) {
    if ($PSVersionTable.PSVersion -lt '7.5') {
        # Older hosts don't show what is recommended.
        $refusal.Message = "$($refusal.Message) $($refusal.RecommendedAction)"
    }

    # Thrown again, as Import-Module adds errors of its own to one that is only written.
    try { Write-Error @refusal -TargetObject $PSScriptRoot -ErrorAction Stop } catch { throw $_ }
}

if (-not $isCore) {
    # Before anything else is loaded: the other assemblies' dependencies are looked for at once.
    [AzImageTools.Loader.DesktopResolver]::Register($bin)
    $ExecutionContext.SessionState.Module.OnRemove = { [AzImageTools.Loader.DesktopResolver]::Unregister() }
}

# Each assembly with public types is imported, so that scripts can name them: [AzImageTools.Disks.Inspection.DiskInfo].
$again = [AzImageTools.Loader.ModuleAssemblies]::AreLoaded
$inner = Import-Module -Assembly ([AzImageTools.Loader.ModuleAssemblies]::Load($bin)) -PassThru

# A binary module that this process has imported before exports nothing when it is imported again from here
# (Import-Module -Force, or Remove-Module and Import-Module: PowerShell issue 20710). AddExportedCmdlet is not
# public API; nothing public does the same.
if ($again) {
    $add = [Management.Automation.PSModuleInfo].GetMethod('AddExportedCmdlet', [Reflection.BindingFlags]'Instance, NonPublic')
    foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
        $null = $add.Invoke($ExecutionContext.SessionState.Module, [object[]]@(, $cmdlet))
    }
}
