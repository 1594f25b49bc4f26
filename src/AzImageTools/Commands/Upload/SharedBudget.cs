using AzImageTools.Services.Upload;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// The budget of requests that all uploads of one command share, its jobs among them, which go on when the command has ended:
/// the last of its users lets go of it.
/// </summary>
internal sealed class SharedBudget : IDisposable
{
    private int _users = 1;

    /// <summary>Makes a budget with one user, who disposes of it.</summary>
    /// <param name="ceiling">The most requests in flight.</param>
    public SharedBudget(int ceiling)
    {
        Budget = new UploadBudget(ceiling, TimeProvider.System);
    }

    /// <summary>The budget.</summary>
    public UploadBudget Budget { get; }

    /// <summary>Adds a user, who disposes of it too.</summary>
    public SharedBudget Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Ends one user's use.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Budget.Dispose();
        }
    }
}
