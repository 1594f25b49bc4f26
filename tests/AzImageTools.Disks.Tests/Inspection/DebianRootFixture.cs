using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>
/// The root of a Debian 12 that debootstrap makes from Debian's own mirror, once for all tests that need it: its packages are
/// unpacked, not configured, which takes a third of the time.
/// </summary>
public sealed class DebianRootFixture : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<string?>> _problem;

    public DebianRootFixture() => _problem = new Lazy<Task<string?>>(MakeAsync);

    /// <summary>The root's folder; skips the test where it can't be made.</summary>
    public async Task<string> GetAsync()
    {
        string? problem = await _problem.Value;
        Assert.SkipUnless(problem is null, problem ?? string.Empty);
        return _folder.File("root");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string?> MakeAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "debootstrap needs to be root, on Linux";
        }

        ExternalTool.SkipUnlessInstalled("debootstrap", "timeout");
        (int exitCode, string output, _) = await ExternalTool.TryRunAsync("timeout", "180", "debootstrap", "--foreign", "--variant=minbase", "bookworm", _folder.File("root"));
        return exitCode == 0 ? null : "debootstrap could not fetch Debian: " + output.TrimEnd().Split('\n')[^1];
    }
}
