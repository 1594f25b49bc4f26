function Get-Disk {
    foreach ($row in @(@('one.vhd', 1048576), @('two.vhdx', 3221225472))) {
        [PSCustomObject]@{ PSTypeName = 'Fixture.Disk'; Name = $row[0]; Capacity = [long]$row[1]; Hidden = 'not in the view' }
    }
}

function Remove-Disk {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([Parameter(Mandatory)] [string] $Name)

    if ($PSCmdlet.ShouldProcess($Name, 'Remove disk')) { "removed $Name" } else { "kept $Name" }
}

function Send-Disk {
    [CmdletBinding()]
    param([int] $Steps = 4, [int] $Milliseconds = 0)

    try {
        foreach ($step in 1..$Steps) {
            $record = [System.Management.Automation.ProgressRecord]::new(1, 'Sending one.vhd', "$step of $Steps")
            $record.PercentComplete = 100 * $step / $Steps
            $PSCmdlet.WriteProgress($record)
            [System.Threading.Thread]::Sleep($Milliseconds)
        }
    }
    finally {
        [Console]::Out.WriteLine('cleaned up')
    }
}

function Write-Streams {
    [CmdletBinding()]
    param()

    $PSCmdlet.WriteVerbose('a detail')
    $PSCmdlet.WriteDebug('a finer detail')
    $PSCmdlet.WriteWarning('a risk')
    $PSCmdlet.WriteInformation([System.Management.Automation.InformationRecord]::new('a note', 'Write-Streams'))
    $problem = [InvalidOperationException]::new('the disk is damaged')
    $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new($problem, 'Damaged', 'InvalidData', 'one.vhd'))
    'the result'
}
