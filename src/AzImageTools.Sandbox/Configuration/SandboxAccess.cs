using System.Collections.Concurrent;

namespace AzImageTools.Sandbox.Configuration;

/// <summary>Who may do what in a <see cref="SandboxCloud"/>: at first everybody everything. Thread-safe; changes hold from the next request on.</summary>
public sealed class SandboxAccess
{
    private readonly object _gate = new();
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.OrdinalIgnoreCase);
    private AccessRules _rules = new();

    /// <summary>What errors call the principal: a user's name or an application's id.</summary>
    public string Client { get; } = "sandbox@sandbox.onmicrosoft.com";

    /// <summary>The principal's object id, a GUID.</summary>
    public string ObjectId { get; } = "5a4db0c5-0000-4000-8000-0000000000ee";

    /// <summary>The policies that hold.</summary>
    public IReadOnlyList<SandboxPolicy> Policies => Rules.Policies;

    /// <summary>The actions and data actions that requests needed while roles were restricted, each once, whether they were allowed or not.</summary>
    public IReadOnlyCollection<string> Asked => [.. _asked.Keys];

    /// <summary>What is allowed; null where everything is.</summary>
    internal IReadOnlyList<SandboxRole>? Roles => Rules.Roles;

    /// <summary>What is denied whatever is allowed.</summary>
    internal IReadOnlyList<SandboxRole> Denials => Rules.Denials;

    /// <summary>All of it.</summary>
    internal AccessRules Rules
    {
        get
        {
            lock (_gate)
            {
                return _rules;
            }
        }

        set => Change(_ => value);
    }

    /// <summary>What is told of each change; null for nobody.</summary>
    internal Action? Changed { get; set; }

    /// <summary>Notes what a request needs.</summary>
    internal void Note(string action) => _asked.TryAdd(action, true);

    /// <summary>Whether a data action is allowed in a place.</summary>
    internal bool AllowsData(string action, string scope)
    {
        var rules = Rules;
        Note(action);
        return !rules.Denials.Any(role => role.HoldsIn(scope) && role.Actions.Any(pattern => SandboxRole.Matches(pattern, action)))
            && (rules.Roles is not { } roles || roles.Any(role => role.HoldsIn(scope) && role.DataActions.Any(pattern => SandboxRole.Matches(pattern, action))));
    }

    /// <summary>Allows what these roles say and nothing else.</summary>
    public void Restrict(params SandboxRole[] roles)
    {
        _ = roles ?? throw new ArgumentNullException(nameof(roles));
        Change(rules => rules with { Roles = roles });
    }

    /// <summary>Takes an action, or a data action, away from every role, as if <c>notActions</c> of each named it. It is no deny assignment.</summary>
    /// <param name="action">Such as <c>Microsoft.Compute/snapshots/write</c>; <c>*</c> stands for any text.</param>
    /// <param name="scope">Where; everywhere by default.</param>
    public void Deny(string action, string scope = "/") => Change(rules => rules with { Denials = [.. rules.Denials, new SandboxRole(scope, [action])] });

    /// <summary>Has a policy hold beside those that do.</summary>
    public void Assign(SandboxPolicy policy)
    {
        _ = policy ?? throw new ArgumentNullException(nameof(policy));
        Change(rules => rules with { Policies = [.. rules.Policies, policy] });
    }

    /// <summary>Allows everything again, and takes all policies away.</summary>
    public void Reset() => Change(_ => new AccessRules());

    private void Change(Func<AccessRules, AccessRules> change)
    {
        lock (_gate)
        {
            _rules = change(_rules);
        }

        Changed?.Invoke();
    }
}

/// <summary>What <see cref="SandboxAccess"/> holds at a time.</summary>
internal sealed record AccessRules
{
    public IReadOnlyList<SandboxRole>? Roles { get; init; }

    public IReadOnlyList<SandboxRole> Denials { get; init; } = [];

    public IReadOnlyList<SandboxPolicy> Policies { get; init; } = [];
}
