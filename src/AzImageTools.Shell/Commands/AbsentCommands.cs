using System.Collections.Frozen;

namespace AzImageTools.Shell.Commands;

/// <summary>Cmdlets that come with PowerShell but not with its engine, and what serves in their place here.</summary>
internal static class AbsentCommands
{
    private const string Utility = """
        Add-Member Add-Type Clear-Variable Compare-Object ConvertFrom-CliXml ConvertFrom-Csv ConvertFrom-Json
        ConvertFrom-Markdown ConvertFrom-SddlString ConvertFrom-StringData ConvertTo-CliXml ConvertTo-Csv
        ConvertTo-Html ConvertTo-Json ConvertTo-Xml Debug-Runspace Disable-PSBreakpoint Disable-RunspaceDebug
        Enable-PSBreakpoint Enable-RunspaceDebug Export-Alias Export-Clixml Export-Csv Export-FormatData
        Export-PSSession Format-Custom Format-Hex Format-List Format-Table Format-Wide Get-Alias Get-Culture
        Get-Date Get-Error Get-Event Get-EventSubscriber Get-FileHash Get-FormatData Get-Host
        Get-MarkdownOption Get-Member Get-PSBreakpoint Get-PSCallStack Get-Random Get-Runspace
        Get-RunspaceDebug Get-SecureRandom Get-TraceSource Get-TypeData Get-UICulture Get-Unique Get-Uptime
        Get-Variable Get-Verb Group-Object Import-Alias Import-Clixml Import-Csv Import-LocalizedData
        Import-PSSession Import-PowerShellDataFile Invoke-Expression Invoke-RestMethod Invoke-WebRequest
        Join-String Measure-Command Measure-Object New-Alias New-Event New-Guid New-Object New-TemporaryFile
        New-TimeSpan New-Variable Out-File Out-GridView Out-Printer Out-String Read-Host Register-EngineEvent
        Register-ObjectEvent Remove-Alias Remove-Event Remove-PSBreakpoint Remove-TypeData Remove-Variable
        Select-Object Select-String Select-Xml Send-MailMessage Set-Alias Set-Date Set-MarkdownOption
        Set-PSBreakpoint Set-TraceSource Set-Variable Show-Command Show-Markdown Sort-Object Start-Sleep
        Tee-Object Test-Json Trace-Command Unblock-File Unregister-Event Update-FormatData Update-List
        Update-TypeData Wait-Debugger Wait-Event Write-Debug Write-Error Write-Host Write-Information
        Write-Output Write-Progress Write-Verbose Write-Warning
        """;

    private const string Management = """
        Add-Content Clear-Content Clear-Item Clear-ItemProperty Clear-RecycleBin Convert-Path Copy-Item
        Copy-ItemProperty Debug-Process Get-ChildItem Get-Clipboard Get-ComputerInfo Get-Content Get-HotFix
        Get-Item Get-ItemProperty Get-ItemPropertyValue Get-Location Get-PSDrive Get-PSProvider Get-Process
        Get-Service Get-TimeZone Invoke-Item Join-Path Move-Item Move-ItemProperty New-Item New-ItemProperty
        New-PSDrive New-Service Pop-Location Push-Location Remove-Item Remove-ItemProperty Remove-PSDrive
        Remove-Service Rename-Computer Rename-Item Rename-ItemProperty Resolve-Path Restart-Computer
        Restart-Service Resume-Service Set-Clipboard Set-Content Set-Item Set-ItemProperty Set-Location
        Set-Service Set-TimeZone Split-Path Start-Process Start-Service Stop-Computer Stop-Process
        Stop-Service Suspend-Service Test-Connection Test-Path Wait-Process
        """;

    private const string Security = """
        ConvertFrom-SecureString ConvertTo-SecureString Get-Acl Get-AuthenticodeSignature Get-CmsMessage
        Get-Credential Get-ExecutionPolicy Get-PfxCertificate New-FileCatalog Protect-CmsMessage Set-Acl
        Set-AuthenticodeSignature Set-ExecutionPolicy Test-FileCatalog Unprotect-CmsMessage
        """;

    private static readonly FrozenDictionary<string, string> ModulesByCommand = new (string Module, string Commands)[]
        {
            ("Microsoft.PowerShell.Utility", Utility),
            ("Microsoft.PowerShell.Management", Management),
            ("Microsoft.PowerShell.Security", Security),
            ("Microsoft.PowerShell.Host", "Start-Transcript Stop-Transcript"),
            ("Microsoft.PowerShell.Archive", "Compress-Archive Expand-Archive"),
            ("Microsoft.PowerShell.ThreadJob", "Start-ThreadJob"),
        }
        .SelectMany(row => row.Commands
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(command => KeyValuePair.Create(command, row.Module)))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> Substitutes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["Add-Type"] = "load an assembly with [Reflection.Assembly]::LoadFrom(path)",
        ["ConvertFrom-Json"] = "use [Text.Json.Nodes.JsonNode]::Parse(text)",
        ["ConvertTo-SecureString"] = "build one with [Security.SecureString]::new() and AppendChar",
        ["Format-List"] = "an object that reaches the end of the pipeline is shown in its own view; ($x).Property shows one property",
        ["Format-Table"] = "objects that reach the end of the pipeline are shown in their own tables; Where-Object and ForEach-Object choose what is shown",
        ["Get-ChildItem"] = "use [IO.Directory]::EnumerateFiles(path)",
        ["Get-Content"] = "use [IO.File]::ReadAllLines(path)",
        ["Get-Credential"] = "use $Host.UI.PromptForCredential(caption, message, user, target)",
        ["Get-Date"] = "use [DateTime]::Now",
        ["Get-Item"] = "use [IO.FileInfo]::new(path)",
        ["Get-Location"] = "use $PWD",
        ["Get-Random"] = "use [Random]::Shared",
        ["Get-Variable"] = "use $ExecutionContext.SessionState.PSVariable.Get(name)",
        ["Invoke-Expression"] = "use [scriptblock]::Create(text)",
        ["Join-Path"] = "use [IO.Path]::Combine(a, b)",
        ["Measure-Object"] = "use the Count property, or add up with ForEach-Object",
        ["New-Guid"] = "use [guid]::NewGuid()",
        ["New-Item"] = "use [IO.Directory]::CreateDirectory(path) or [IO.File]::WriteAllText(path, text)",
        ["New-Object"] = "use [Type]::new()",
        ["Out-File"] = "use [IO.File]::WriteAllText(path, text)",
        ["Out-String"] = "use \"$x\" or [string]::Join(separator, list)",
        ["Read-Host"] = "use $Host.UI.ReadLine()",
        ["Remove-Item"] = "use [IO.File]::Delete(path)",
        ["Resolve-Path"] = "use [IO.Path]::GetFullPath(path)",
        ["Select-Object"] = "use member access ($x.Name), an index ($x[0..4]) or ForEach-Object",
        ["Set-Content"] = "use [IO.File]::WriteAllText(path, text)",
        ["Set-Location"] = "use $ExecutionContext.SessionState.Path.SetLocation(path)",
        ["Set-Variable"] = "assign with $name = value",
        ["Sort-Object"] = "use [Array]::Sort or [Linq.Enumerable]",
        ["Split-Path"] = "use [IO.Path]::GetDirectoryName(path) or GetFileName(path)",
        ["Start-Sleep"] = "use [Threading.Thread]::Sleep(milliseconds)",
        ["Test-Path"] = "use [IO.File]::Exists(path) or [IO.Directory]::Exists(path)",
        ["Write-Debug"] = "use $Host.UI.WriteDebugLine(text)",
        ["Write-Error"] = "use throw, or $Host.UI.WriteErrorLine(text)",
        ["Write-Host"] = "use $Host.UI.WriteLine(text)",
        ["Write-Output"] = "write the value itself",
        ["Write-Verbose"] = "use $Host.UI.WriteVerboseLine(text)",
        ["Write-Warning"] = "use $Host.UI.WriteWarningLine(text)",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a cmdlet that PowerShell has and this shell has not.</summary>
    public static bool Contains(string command) => ModulesByCommand.ContainsKey(command);

    /// <summary>Says where the cmdlet lives and what to do without it.</summary>
    public static string Explain(string command)
    {
        string name = ModulesByCommand.Keys.First(key => string.Equals(key, command, StringComparison.OrdinalIgnoreCase));
        string advice = Substitutes.GetValueOrDefault(command, "use the language and .NET instead, or run this in PowerShell 7");
        return $"{name} is part of {ModulesByCommand[command]}, which this shell does not have; {advice}.";
    }
}
