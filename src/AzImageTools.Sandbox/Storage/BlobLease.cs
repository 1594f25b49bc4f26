namespace AzImageTools.Sandbox.Storage;

/// <summary>The lease of one blob or container: available, leased, breaking, broken or expired. Used under the cloud's lock.</summary>
/// <param name="subject">What the errors call it: Blob or Container.</param>
internal sealed class BlobLease(string subject = "Blob")
{
    private static readonly TimeSpan Infinite = TimeSpan.MaxValue;

    private readonly string _noun = subject.ToLowerInvariant();
    private string? _id;
    private TimeSpan _duration;
    private DateTimeOffset _until;
    private DateTimeOffset? _breaksAt;

    /// <summary>The id of who holds it, or held it last; null once it was released.</summary>
    public string? Id => _id;

    /// <summary>Null for one without end.</summary>
    public TimeSpan? Duration => _duration == Infinite ? null : _duration;

    public DateTimeOffset Until => _until;

    public DateTimeOffset? BreaksAt => _breaksAt;

    /// <summary>Takes over what was kept of it.</summary>
    public void Restore(string id, TimeSpan? duration, DateTimeOffset until, DateTimeOffset? breaksAt)
    {
        _id = id;
        _duration = duration ?? Infinite;
        _until = until;
        _breaksAt = breaksAt;
    }

    public string State(DateTimeOffset now)
        => _id is null ? "available"
            : _breaksAt is { } breaksAt ? (now < breaksAt ? "breaking" : "broken")
            : now < _until ? "leased"
            : "expired";

    public bool IsHeld(DateTimeOffset now) => State(now) is "leased" or "breaking";

    public string? DurationKind(DateTimeOffset now) => !IsHeld(now) ? null : _duration == Infinite ? "infinite" : "fixed";

    /// <summary>Refuses a write without the lease's id while there is one.</summary>
    public void CheckWrite(string? id, DateTimeOffset now)
    {
        if (id is null)
        {
            if (IsHeld(now))
            {
                throw StorageException.Precondition("LeaseIdMissing", "There is currently a lease on the " + _noun + " and no lease ID was specified in the request.");
            }

            return;
        }

        CheckGiven(id, now);
    }

    /// <summary>Refuses a read that names a lease that is not there.</summary>
    public void CheckRead(string? id, DateTimeOffset now)
    {
        if (id is not null)
        {
            CheckGiven(id, now);
        }
    }

    /// <param name="proposedId">The id asked for, or null for a new one.</param>
    /// <param name="seconds">15 to 60, or -1 for a lease without end.</param>
    /// <param name="now">The time.</param>
    public string Acquire(string? proposedId, long seconds, DateTimeOffset now)
    {
        if (seconds is not (-1 or (>= 15 and <= 60)))
        {
            throw StorageException.InvalidHeader("x-ms-lease-duration");
        }

        var state = State(now);
        if (state is "breaking" || (state is "leased" && !Matches(proposedId)))
        {
            throw StorageException.Conflict("LeaseAlreadyPresent", "There is already a lease present.");
        }

        _id = proposedId ?? Guid.NewGuid().ToString();
        _duration = seconds < 0 ? Infinite : TimeSpan.FromSeconds(seconds);
        _breaksAt = null;
        Extend(now);
        return _id;
    }

    public string Renew(string? id, DateTimeOffset now)
    {
        CheckLeaseOperation(id);
        if (State(now) is "breaking" or "broken")
        {
            throw StorageException.Conflict("LeaseIsBrokenAndCannotBeRenewed", "The lease ID matched, but the lease has been broken explicitly and cannot be renewed.");
        }

        Extend(now);
        return _id!;
    }

    public string Change(string? id, string? proposedId, DateTimeOffset now)
    {
        var matches = Matches(id) || Matches(proposedId);
        if (State(now) is not "leased")
        {
            throw StorageException.Conflict("LeaseNotPresentWithLeaseOperation", "There is currently no lease on the " + _noun + ".");
        }

        if (!matches || proposedId is null)
        {
            throw StorageException.Conflict("LeaseIdMismatchWithLeaseOperation", "The lease ID specified did not match the lease ID for the " + _noun + ".");
        }

        _id = proposedId;
        return _id;
    }

    public void Release(string? id)
    {
        CheckLeaseOperation(id);
        _id = null;
        _breaksAt = null;
    }

    /// <returns>The seconds until the lease is broken.</returns>
    public int Break(long? periodSeconds, DateTimeOffset now)
    {
        if (_id is null)
        {
            throw StorageException.Conflict("LeaseNotPresentWithLeaseOperation", "There is currently no lease on the " + _noun + ".");
        }

        var remaining = _breaksAt is { } breaksAt ? breaksAt - now
            : _duration == Infinite ? TimeSpan.Zero
            : _until - now;
        if (periodSeconds is < 0 or > 60)
        {
            throw StorageException.InvalidHeader("x-ms-lease-break-period");
        }

        if (periodSeconds is { } period && (_duration == Infinite || TimeSpan.FromSeconds(period) < remaining))
        {
            remaining = TimeSpan.FromSeconds(period);
        }

        remaining = remaining < TimeSpan.Zero ? TimeSpan.Zero : remaining;
        _breaksAt = now + remaining;
        return (int)Math.Ceiling(remaining.TotalSeconds);
    }

    private void CheckGiven(string id, DateTimeOffset now)
    {
        if (!IsHeld(now))
        {
            throw StorageException.Precondition("LeaseNotPresentWith" + subject + "Operation", "There is currently no lease on the " + _noun + ".");
        }

        if (!Matches(id))
        {
            throw StorageException.Precondition("LeaseIdMismatchWith" + subject + "Operation", "The lease ID specified did not match the lease ID for the " + _noun + ".");
        }
    }

    /// <summary>To renew or release what was released, or never leased, is as wrong as to do it with another id (REST reference, Lease Blob, outcomes by state).</summary>
    private void CheckLeaseOperation(string? id)
    {
        if (!Matches(id))
        {
            throw StorageException.Conflict("LeaseIdMismatchWithLeaseOperation", "The lease ID specified did not match the lease ID for the " + _noun + ".");
        }
    }

    private bool Matches(string? id) => id is not null && string.Equals(id, _id, StringComparison.OrdinalIgnoreCase);

    private void Extend(DateTimeOffset now) => _until = _duration == Infinite ? DateTimeOffset.MaxValue : now + _duration;
}
