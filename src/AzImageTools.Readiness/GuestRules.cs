using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Linux;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness;

/// <summary>What holds of the guests of one family of operating systems.</summary>
/// <param name="Family">The family.</param>
/// <param name="Generalizing">The purpose of generalizing one.</param>
/// <param name="Judge">Tells whether one is generalized.</param>
internal sealed record GuestRules(GuestFamily Family, ReadinessPurpose Generalizing, Func<RuleContext, Generalization> Judge)
{
    private static readonly GuestRules[] All =
    [
        new(GuestFamily.Windows, ReadinessPurpose.Sysprep, static context => WindowsGeneralization.Judge(context.Guest)),
        new(GuestFamily.Linux, ReadinessPurpose.Deprovision, LinuxGeneralization.Judge),
    ];

    /// <summary>Those of a guest; null where there are none for its operating system, or it is not known.</summary>
    public static GuestRules? Of(Guest guest) => Of(guest.Identity?.Family ?? GuestFamily.Unknown);

    /// <summary>Those of a family; null where there are none.</summary>
    public static GuestRules? Of(GuestFamily family) => Array.Find(All, rules => rules.Family == family);

    /// <summary>Those that a purpose alone asks for; null where it asks for none, or for several families'.</summary>
    public static GuestRules? Of(ReadinessPurpose purpose)
        => All.Where(rules => (purpose & rules.Generalizing) != ReadinessPurpose.None).ToArray() is [{ } only] ? only : null;

    /// <summary>
    /// The part of a purpose that can concern the guests. Generalizing in the way of another family alone is none of theirs.
    /// </summary>
    public ReadinessPurpose Narrow(ReadinessPurpose purpose) => purpose & (Generalizing | ReadinessPurpose.AzureUpload);

    /// <summary>Whether a purpose asks for generalizing, and only for ways of other families.</summary>
    public bool IsMissed(ReadinessPurpose purpose)
        => (purpose & Generalizing) == ReadinessPurpose.None && (purpose & (ReadinessPurpose.Sysprep | ReadinessPurpose.Deprovision)) != ReadinessPurpose.None;

    /// <summary>Whether a rule is about these guests, or about disks.</summary>
    public bool Include(ReadinessRule rule) => rule.Scope switch
    {
        RuleScope.Disk => true,
        RuleScope.Linux => Family == GuestFamily.Linux,
        _ => Family == GuestFamily.Windows,
    };
}
