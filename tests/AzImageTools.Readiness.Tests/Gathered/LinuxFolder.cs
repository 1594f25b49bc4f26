using System.Runtime.Versioning;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>A folder that is the root of a Linux with BusyBox and nothing else, in which the collector runs.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxFolder : IDisposable
{
    private const string Tools = ".tools";

    // What the collector calls; lsinitramfs is a few lines of its own, as that of initramfs-tools unpacks with cpio too.
    private static readonly string[] Programs = ["sh", "id", "stat", "base64", "gzip", "sha256sum", "head", "tr", "fold", "wc", "date", "uname", "timeout", "mkdir", "rm", "cat", "cpio"];

    private readonly TempFolder _folder = new();

    public LinuxFolder(MemoryGuest guest)
    {
        string tools = Directory.CreateDirectory(Path.Combine(Root, Tools)).FullName;
        Directory.CreateDirectory(Path.Combine(Root, "run"));
        File.Copy(ExternalTool.Find("busybox")!, Path.Combine(tools, "busybox"));
        foreach (string program in Programs)
        {
            File.CreateSymbolicLink(Path.Combine(tools, program), "busybox");
        }

        // A device can't be made on every file system; who writes to this file minds it as little.
        Write("dev/null", string.Empty);
        Write(Tools + "/lsinitramfs", "#!/.tools/sh\n{ gzip -dc \"$1\" 2>/dev/null || cat \"$1\"; } | cpio -t 2>/dev/null\n");
        File.SetUnixFileMode(Path.Combine(tools, "lsinitramfs"), (UnixFileMode)0b111_101_101);
        Write("etc/os-release", $"ID={guest.Identity?.Distribution}\nVERSION_ID=\"{guest.Identity?.Version}\"\nPRETTY_NAME=\"Test Linux\"\n");
        foreach ((string path, byte[]? content) in guest.Files)
        {
            string full = Path.Combine(Root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            if (content is null)
            {
                File.CreateSymbolicLink(full, "/nowhere/at/all");
            }
            else
            {
                File.WriteAllBytes(full, content);
            }
        }
    }

    public string Root => _folder.File("root");

    /// <summary>Skips the running test, saying why, where the collector can't be run so.</summary>
    public static async Task SkipUnlessPossibleAsync()
    {
        ExternalTool.SkipUnlessInstalled("busybox", "chroot", "ldd");
        Assert.SkipUnless((await ExternalTool.RunAsync("id", "-u")).Trim() == "0", "chroot needs root");
        (int exitCode, _, _) = await ExternalTool.TryRunAsync("ldd", ExternalTool.Find("busybox")!);
        Assert.SkipUnless(exitCode != 0, "the BusyBox here is not linked statically (package busybox-static)");
    }

    public void Write(string path, string text)
    {
        string full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    /// <summary>Runs the collector with the folder as its root.</summary>
    public Task<(int ExitCode, string Output, string Error)> CollectAsync(params string[] arguments)
        => ExternalTool.TryRunAsync("env", ["PATH=/.tools", ExternalTool.Find("chroot")!, Root, "/.tools/sh", "-c", File.ReadAllText(Collectors.Linux), "collect-linux.sh", .. arguments]);

    public async Task<EvidenceGuest> GatherAsync()
    {
        (int exitCode, string output, string error) = await CollectAsync();
        Assert.True(exitCode == 0 && error.Length == 0, $"{exitCode}: {error}");
        return EvidenceGuest.Parse(output);
    }

    public void Dispose() => _folder.Dispose();
}
