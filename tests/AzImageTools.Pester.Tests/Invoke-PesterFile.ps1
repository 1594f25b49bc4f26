# Runs one Pester file and writes what came of it, as JSON, into a file.
param([string] $Pester, [string] $Path, [string] $ResultPath)

$ErrorActionPreference = 'Stop'
# Every answer of the sandbox is held against Azure's types.
[AppContext]::SetSwitch('AzImageTools.Sandbox.ChecksAnswers', $true)
Import-Module $Pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
$run = Invoke-Pester -Configuration $configuration

function Format-Fault([object] $Thing) {
    foreach ($record in $Thing.ErrorRecord) {
        $line = if ($Thing.PSObject.Properties['StartLine']) { ":$($Thing.StartLine)" }
        "$("$($Thing.ExpandedPath ?? $Thing.Item)"), $([IO.Path]::GetFileName($Path))$line`n$($record.Exception.Message)`n$($record.ScriptStackTrace)"
    }
}

# Not ToString() of a block: a file that cannot be read has none.
@{
    Version = "Pester $($run.Version) in PowerShell $($PSVersionTable.PSVersion)"
    Passed  = $run.PassedCount
    Failed  = $run.FailedCount
    Skipped = $run.SkippedCount + $run.NotRunCount
    Reasons = @($run.Skipped | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord.Exception.Message)" })
    Faults  = @(@($run.Failed) + @($run.FailedBlocks) + @($run.FailedContainers) | ForEach-Object { Format-Fault $_ })
} | ConvertTo-Json | Set-Content -LiteralPath $ResultPath
