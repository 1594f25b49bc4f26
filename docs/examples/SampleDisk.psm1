# Unpacks one of the disk images that come with the project into a folder, and returns its path.
function Expand-SampleDisk {
    param(
        [Parameter(Mandatory, ValueFromPipeline)] [string] $Name,
        [Parameter(Mandatory)] [string] $Destination
    )

    process {
        $target = Join-Path $Destination $Name
        $packed = [IO.File]::OpenRead((Join-Path $PSScriptRoot "../../tests/data/disks/$Name.gz"))
        $content = [IO.Compression.GZipStream]::new($packed, [IO.Compression.CompressionMode]::Decompress)
        $file = [IO.File]::Create($target)
        try { $content.CopyTo($file) } finally { $file.Dispose(); $content.Dispose() }
        $target
    }
}
