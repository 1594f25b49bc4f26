using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>
/// A Windows to run the shell on: Wine, with a prefix of its own, and the shell published for it with all that it needs. Made
/// when a test first asks for it.
/// </summary>
public sealed partial class WineWindows : IAsyncDisposable
{
    private const string TimeLimit = "180";

    private readonly Lazy<Task> _made;
    private TempFolder? _folder;

    public WineWindows() => _made = new Lazy<Task>(MakeAsync);

    private TempFolder Folder => _folder!;

    /// <summary>What the drive of a path of this machine is called there.</summary>
    public static string ToWindows(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Skips the test where Wine is not installed.</summary>
    public async Task StartAsync()
    {
        ExternalTool.SkipUnlessInstalled("wine", "script");
        await _made.Value;
    }

    /// <summary>Runs a command in the shell; once again where Wine ended the process before the command was at its end, without an error of ours or its own.</summary>
    public async Task<string[]> CommandAsync(string command)
    {
        const string end = "the end of the command";
        string[] output = await ShellAsync("-Command", $"{command}; '{end}'");
        if (output.LastOrDefault() != end)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Wine ended the shell after {output.Length} lines: it is started again.");
            output = await ShellAsync("-Command", $"{command}; '{end}'");
        }

        Assert.Equal(end, output.LastOrDefault());
        return output[..^1];
    }

    /// <summary>Runs a script in the shell.</summary>
    public Task<string[]> ScriptAsync(string path, params string[] arguments) => ShellAsync(["-File", ToWindows(path), .. arguments]);

    /// <summary>Merges the texts that the hives of the test disks were made of into the registry.</summary>
    public async Task ImportAsync(params string[] names)
    {
        string path = Folder.File("import.reg");
        StringBuilder text = new("Windows Registry Editor Version 5.00\r\n");
        foreach (string name in names)
        {
            string reg = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.TestData, "guest", name + ".reg"));
            text.Append(ExpandString().Replace(reg[reg.IndexOf('\n', StringComparison.Ordinal)..], static match => "hex(2):" + ToHex(match.Groups[1].Value))
                .Replace(@"SYSTEM\ControlSet003\", @"SYSTEM\CurrentControlSet\", StringComparison.Ordinal)
                .Replace(@"LOCAL_MACHINE\BCD\", @"LOCAL_MACHINE\BCD00000000\", StringComparison.Ordinal));
        }

        await File.WriteAllTextAsync(path, text.ToString(), Encoding.Unicode);
        await WineAsync("regedit", "/S", ToWindows(path));
    }

    /// <summary>Writes a file below the Windows folder; names are in lower case, as Wine makes them.</summary>
    public void WriteFile(string path, string text)
    {
        string file = Folder.File("prefix/drive_c/windows/" + path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <summary>Makes the first disk, on which the system's volume begins at the first byte; takes it away for null.</summary>
    public void SetDisk(byte[]? content)
    {
        string disk = Folder.File("prefix/dosdevices/physicaldrive0");
        File.Delete(disk);
        if (content is not null)
        {
            File.WriteAllBytes(disk, content);
        }
    }

    /// <summary>Whether there is a file below the Windows folder.</summary>
    public bool HasFile(string path) => File.Exists(Folder.File("prefix/drive_c/windows/" + path));

    public async ValueTask DisposeAsync()
    {
        if (_folder is not null)
        {
            await ExternalTool.TryRunAsync("env", "WINEPREFIX=" + Folder.File("prefix"), "wineserver", "-k", "-w");
            _folder.Dispose();
        }
    }

    private async Task<string[]> ShellAsync(params string[] arguments)
    {
        string output = await WineAsync([Folder.File("shell/AzImageTools.Shell.exe"), .. arguments]);
        return [.. output.Split('\n').Select(static line => line.TrimEnd()).Where(static line => line.Length > 0)];
    }

    private async Task MakeAsync()
    {
        _folder = new TempFolder();

        // Beside the build's own outputs, and without building the module anew, which other tests are using.
        await ExternalTool.RunAsync(
            "dotnet", "publish", Path.Combine(RepositoryPaths.Root, "src", "AzImageTools.Shell"), "-c", "Release", "-r", "win-x64", "--self-contained",
            "--artifacts-path", Folder.File("artifacts"), "-o", Folder.File("shell"), "-p:ModuleProject=", "-v", "q", "-nodeReuse:false");
        await ExternalTool.RunAsync("cp", "-r", RepositoryPaths.Module, Folder.File("shell/runtimes/win/lib/net10.0/Modules"), Folder.File("shell"));
        await WineAsync("wineboot", "-i");
        await WineAsync("winecfg", "/v", "win10");
    }

    /// <summary>
    /// PowerShell wants a console, which Wine makes of a terminal, which <c>script</c> (util-linux) makes. The
    /// output goes to a file: Wine's services hold a pipe open longer than the program runs. Where .NET
    /// frees what a longer script was compiled to, it may end with an error of its own there: it writes to its code in place, and rarely collects.
    /// </summary>
    private async Task<string> WineAsync(params string[] arguments)
    {
        string output = Folder.File("output.txt");
        await ExternalTool.RunAsync(
            "env",
            [
                "WINEPREFIX=" + Folder.File("prefix"), "WINEDEBUG=-all", "DISPLAY=", "NO_COLOR=1", "SHELL=/bin/sh", "DOTNET_EnableWriteXorExecute=0", "DOTNET_gcConcurrent=0", "DOTNET_GCgen0size=0x10000000",
                "timeout", TimeLimit, "script", "-qec", $"exec wine {string.Join(' ', arguments.Select(Quote))} > '{output}' 2> '{output}.error'", "/dev/null",
            ]);
        return await File.ReadAllTextAsync(output);
    }

    private static string Quote(string argument) => $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string ToHex(string escaped)
        => string.Join(',', Encoding.Unicode.GetBytes(escaped.Replace(@"\\", @"\", StringComparison.Ordinal) + '\0').Select(static value => value.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>How hivexregedit writes a REG_EXPAND_SZ, which Windows does not read.</summary>
    [GeneratedRegex(@"str\(2\):""([^""\r\n]*)""")]
    private static partial Regex ExpandString();
}
