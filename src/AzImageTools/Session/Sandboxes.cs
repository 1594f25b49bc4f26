using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services;

namespace AzImageTools.Session;

/// <summary>Begins and ends sandboxes; what they throw becomes an error of this module's.</summary>
internal static class Sandboxes
{
    /// <summary>Begins a sandbox.</summary>
    /// <param name="folder">What keeps it; null for one that is gone at the end.</param>
    /// <exception cref="ImageServiceException">The folder can't be used (SandboxInUse, SandboxUnreadable, SandboxNotKept).</exception>
    public static SandboxCloud Begin(string? folder)
    {
        try
        {
            return new SandboxCloud(new SandboxOptions { StateFolder = folder });
        }
        catch (SandboxStateException problem)
        {
            throw Translate(problem);
        }
    }

    /// <summary>Ends a sandbox.</summary>
    /// <exception cref="ImageServiceException">It can't be kept (SandboxNotKept).</exception>
    public static void End(SandboxCloud sandbox)
    {
        try
        {
            sandbox.Dispose();
        }
        catch (SandboxStateException problem)
        {
            throw Translate(problem);
        }
    }

    private static ImageServiceException Translate(SandboxStateException problem)
    {
        (string id, ErrorKind kind) = problem.Problem switch
        {
            SandboxStateProblem.InUse => ("SandboxInUse", ErrorKind.InUse),
            SandboxStateProblem.Unreadable => ("SandboxUnreadable", ErrorKind.InvalidData),
            _ => ("SandboxNotKept", ErrorKind.Unreadable),
        };
        return new ImageServiceException(id, kind, problem.Reason, problem.Remedy, problem.Path, problem);
    }
}
