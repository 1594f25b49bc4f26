using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

[assembly: AssemblyFixture(typeof(DebianBase))]

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>The root folder of a Debian with the Azure Linux agent and cloud-init, made by debootstrap once a run, when it is first asked for.</summary>
public sealed class DebianBase : IDisposable
{
    private const string Mirror = "http://deb.debian.org/debian";
    private const string Packages = "waagent,cloud-init,python3-cffi-backend,openssh-server,systemd-sysv";

    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<string?>> _problem;

    public DebianBase() => _problem = new Lazy<Task<string?>>(MakeAsync);

    /// <summary>Copies it.</summary>
    /// <param name="path">The folder that is made.</param>
    /// <returns>Why there is none; null where there is one.</returns>
    public async Task<string?> CopyAsync(string path)
    {
        string? problem = await _problem.Value;
        if (problem is null)
        {
            await ExternalTool.RunAsync("cp", "-a", "--reflink=auto", _folder.File("root"), path);
        }

        return problem;
    }

    /// <summary>Runs a program with a folder as its root, in namespaces of its own: it can't name this machine or see its processes.</summary>
    public static Task<string> RunInsideAsync(string root, params string[] command)
        => ExternalTool.RunAsync("unshare", ["--uts", "--mount", "--pid", "--fork", $"--mount-proc={root}/proc", "chroot", root, .. command]);

    /// <summary>Deletes it.</summary>
    public void Dispose() => _folder.Dispose();

    private async Task<string?> MakeAsync()
    {
        string[] missing = [.. new[] { "debootstrap", "unshare", "chroot", "mkfs.ext4" }.Where(static program => ExternalTool.Find(program) is null)];
        if (missing.Length > 0)
        {
            return $"not installed here: {string.Join(", ", missing)}";
        }

        if ((await ExternalTool.RunAsync("id", "-u")).Trim() != "0")
        {
            return "debootstrap and chroot need root";
        }

        (int exitCode, _, string error) = await ExternalTool.TryRunAsync("unshare", "--uts", "--mount", "--pid", "--fork", "true");
        if (exitCode != 0)
        {
            return $"no namespaces can be made here: {error.Trim()}";
        }

        string cache = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "AzImageTools.debs")).FullName;
        (int made, string output, _) = await ExternalTool.TryRunAsync("debootstrap", "--variant=minbase", $"--cache-dir={cache}", $"--include={Packages}", "bookworm", _folder.File("root"), Mirror);
        return made == 0 ? null : $"debootstrap made no root from {Mirror}: {output.TrimEnd().Split('\n')[^1]}";
    }
}
