namespace AzImageTools.Sandbox.Configuration;

/// <summary>Who may do what in a <see cref="SandboxCloud"/>: at first everybody everything. Thread-safe; changes hold from the next request on.</summary>
public sealed class SandboxAccess
{
    private readonly object _gate = new();
    private IReadOnlyList<SandboxRole>? _roles;
    private IReadOnlyList<SandboxRole> _denials = [];
    private IReadOnlyList<SandboxPolicy> _policies = [];

    /// <summary>What errors call the principal: a user's name or an application's id.</summary>
    public string Client { get; } = "sandbox@sandbox.onmicrosoft.com";

    /// <summary>The principal's object id, a GUID.</summary>
    public string ObjectId { get; } = "5a4db0c5-0000-4000-8000-0000000000ee";

    /// <summary>The policies that hold.</summary>
    public IReadOnlyList<SandboxPolicy> Policies
    {
        get
        {
            lock (_gate)
            {
                return _policies;
            }
        }
    }

    /// <summary>What is allowed; null where everything is.</summary>
    internal IReadOnlyList<SandboxRole>? Roles
    {
        get
        {
            lock (_gate)
            {
                return _roles;
            }
        }
    }

    /// <summary>What is denied whatever is allowed.</summary>
    internal IReadOnlyList<SandboxRole> Denials
    {
        get
        {
            lock (_gate)
            {
                return _denials;
            }
        }
    }

    /// <summary>Allows what these roles say and nothing else.</summary>
    public void Restrict(params SandboxRole[] roles)
    {
        lock (_gate)
        {
            _roles = roles ?? throw new ArgumentNullException(nameof(roles));
        }
    }

    /// <summary>Denies an action, whatever else is allowed.</summary>
    /// <param name="action">Such as <c>Microsoft.Compute/snapshots/write</c>; <c>*</c> stands for any text.</param>
    /// <param name="scope">Where; everywhere by default.</param>
    public void Deny(string action, string scope = "/")
    {
        lock (_gate)
        {
            _denials = [.. _denials, new SandboxRole(scope, [action])];
        }
    }

    /// <summary>Has a policy hold beside those that do.</summary>
    public void Assign(SandboxPolicy policy)
    {
        lock (_gate)
        {
            _policies = [.. _policies, policy ?? throw new ArgumentNullException(nameof(policy))];
        }
    }

    /// <summary>Allows everything again, and takes all policies away.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _roles = null;
            _denials = [];
            _policies = [];
        }
    }
}
