# Dot-source this in the BeforeAll of a file: it brings the built module into the session.
$moduleRoot = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'out', 'AzImageTools'))
$manifestPath = [System.IO.Path]::Combine($moduleRoot, 'AzImageTools.psd1')
if (-not [System.IO.File]::Exists($manifestPath)) {
    throw "The module is not built: $manifestPath does not exist. 'dotnet build' makes it."
}

Import-Module -Name $manifestPath -ErrorAction Stop

# Unpacks a disk image of tests/data/disks into a folder, once, and returns its path.
function Expand-TestDisk([string] $Name, [string] $Folder) {
    $target = [System.IO.Path]::Combine($Folder, $Name)
    if (-not [System.IO.File]::Exists($target)) {
        $source = [System.IO.Path]::Combine($PSScriptRoot, '..', 'data', 'disks', "$Name.gz")
        $packed = [System.IO.Compression.GZipStream]::new([System.IO.File]::OpenRead($source), [System.IO.Compression.CompressionMode]::Decompress)
        $file = [System.IO.File]::Create($target)
        try { $packed.CopyTo($file) } finally { $file.Dispose(); $packed.Dispose() }
    }

    $target
}
