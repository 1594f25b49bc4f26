using Azure.Core;

namespace AzImageTools.Services.Temporary;

/// <summary>
/// Says of what may be left of a run why it has to be kept. It goes only when all of this holds: its name, which can't be changed, is one that the
/// run gives, or that of its group; a manifest of this machine lists it, or a tag that is bound to its own id tells of the run; it was made within
/// the run; the run is over; it is attached to nothing that stays.
/// </summary>
internal static class LeftoverJudge
{
    /// <summary>How much the times of two of Azure's services may differ.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Why it has to be kept, looked at alone; null where it may go.</summary>
    /// <param name="leftover">It.</param>
    /// <param name="now">The time by Azure's clock.</param>
    /// <param name="machine">The machine that this is.</param>
    public static string? WhyKept(Leftover leftover, DateTimeOffset now, string machine)
    {
        if (leftover.Run is not { } run)
        {
            return "Its tags do not tell which run made it, when and for what.";
        }

        if (leftover.IsAliveHere)
        {
            return "Its run is going on, on this machine.";
        }

        if (leftover.Manifest is not null && leftover.Tagged is { } other && other.RunId != run.RunId)
        {
            return $"Its tags are of another run ({other.RunId}).";
        }

        if (!run.Names(leftover.Id))
        {
            return "Neither its name nor its group's is one that the run gives.";
        }

        if (leftover.Manifest is null && !leftover.IsBound)
        {
            return "Its tags were made for another resource: they were copied or inherited.";
        }

        return WhyAlive(leftover, now, machine) ?? WhyOfAnotherTime(leftover, run);
    }

    /// <summary>What of those that may go has to stay because it is attached to something that stays, or holds it.</summary>
    /// <param name="going">Those that may go, looked at alone. What has to stay is taken out.</param>
    /// <param name="contentOf">All that lies in a group.</param>
    /// <param name="along">Gets the ids of disks in a run's own group that were made with its machine, and go with it: nobody announces those.</param>
    /// <returns>Them with the reasons.</returns>
    public static async Task<IReadOnlyDictionary<Leftover, string>> KeepAttachedAsync(ICollection<Leftover> going, Func<Leftover, Task<IReadOnlyList<GroupContent>>> contentOf, ISet<ResourceIdentifier> along)
    {
        Dictionary<Leftover, string> kept = [];
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Leftover leftover in going.ToList())
            {
                if (await WhyHeldAsync(leftover, going, contentOf, along).ConfigureAwait(false) is { } reason)
                {
                    going.Remove(leftover);
                    kept.Add(leftover, reason);
                    changed = true;
                }
            }
        }

        return kept;
    }

    /// <summary>Why a resource is held now; null where it is not.</summary>
    public static async Task<string?> WhyHeldAsync(Leftover leftover, ICollection<Leftover> going, Func<Leftover, Task<IReadOnlyList<GroupContent>>> contentOf, ISet<ResourceIdentifier> along)
    {
        if (leftover.Resource.Holders.FirstOrDefault(holder => !IsOf(holder, going)) is { } stays)
        {
            return $"It is in use by {stays}.";
        }

        if (leftover.Resource.Kind.IsGroup)
        {
            IReadOnlyList<GroupContent> content = await contentOf(leftover).ConfigureAwait(false);
            along.UnionWith(content.Where(inside => inside.ManagedBy is { } machine && IsOf(machine, going)).Select(inside => inside.Id));
            if (content.FirstOrDefault(inside => !IsOf(inside.Id.ToString(), going) && !along.Contains(inside.Id)) is { } other)
            {
                return $"It holds {other.Id}.";
            }
        }

        return null;
    }

    private static string? WhyAlive(Leftover leftover, DateTimeOffset now, string machine)
    {
        // Its manifest was held open while it lived: whoever can open it knows that it has ended.
        if (leftover.Manifest is { } manifest && string.Equals(manifest.Content.MachineName, machine, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return leftover.LeaseEnd is not { } end ? "Nothing tells whether its run is over: it has no lease."
            : end > now ? $"Its run may be going on: it has renewed its lease until {TemporaryTags.Write(end)}."
            : null;
    }

    private static string? WhyOfAnotherTime(Leftover leftover, RunIdentity run)
    {
        // When a group was made Azure does not tell; it goes only with all that is in it, and that is proved.
        if (leftover.Resource.Kind.IsGroup)
        {
            return null;
        }

        if (leftover.Created is not { } created)
        {
            return "Azure does not tell when it was made.";
        }

        DateTimeOffset latest = leftover.Announced is { } announced ? announced + TemporaryRun.Lease : leftover.LeaseEnd!.Value;
        return created < (leftover.Announced ?? run.Begun) - Tolerance ? $"It was made at {TemporaryTags.Write(created)}, before its run."
            : created > latest + Tolerance ? $"It was made at {TemporaryTags.Write(created)}, when its run was over."
            : null;
    }

    private static bool IsOf(string id, ICollection<Leftover> going) => going.Any(one =>
        id.StartsWith(one.Id.ToString(), StringComparison.OrdinalIgnoreCase) && (id.Length == one.Id.ToString().Length || id[one.Id.ToString().Length] == '/') && !one.Resource.Kind.IsGroup);
}
