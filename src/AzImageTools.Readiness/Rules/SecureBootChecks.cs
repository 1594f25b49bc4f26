using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Rules;

/// <summary>The checks of what firmware with Secure Boot (Trusted Launch) starts.</summary>
internal static class SecureBootChecks
{
    /// <summary>Microsoft's certificates of 2023, for Windows and for other systems.</summary>
    private static readonly string[] Current = ["Windows UEFI CA 2023", "Microsoft UEFI CA 2023"];

    /// <summary>Those of 2011, which expire in 2026.</summary>
    private static readonly string[] Expiring = ["Microsoft Windows Production PCA 2011", "Microsoft Corporation UEFI CA 2011"];

    /// <summary>Whether machines made from the disk can have Secure Boot at all.</summary>
    public static bool IsPossible(RuleContext context)
        => context.Options.Generation != 1 && context.Guest.Disk?.SupportedGenerations.HasFlag(VmGenerations.V2) != false;

    /// <summary>What is not signed at all is not started by Trusted Launch's firmware.</summary>
    public static RuleOutcome JudgeSigned(RuleContext context) => Judge(context, static programs =>
    {
        Observation[] wrong = [.. programs
            .Where(static program => !program.Signatures!.Any(static signature => signature.Chain.Count > 0))
            .Select(static program => new Observation(program.Path, program.Signatures!.Count == 0 ? "not signed" : "signed in a way that can't be read"))];
        return wrong.Length > 0 ? RuleOutcome.Fail(wrong) : RuleOutcome.Pass([.. programs.Select(See)]);
    });

    /// <summary>Firmware that only knows the certificates of 2023 starts what one of them vouches for.</summary>
    public static RuleOutcome JudgeCertificates(RuleContext context) => Judge(context, static programs =>
    {
        EfiProgram[] old = [.. programs.Where(static program => IsSignedBy(program, Expiring) && !IsSignedBy(program, Current))];
        EfiProgram[] current = [.. programs.Where(static program => IsSignedBy(program, Current))];

        // Windows brings a newer boot manager when it is updated; others wait for their distribution.
        return old.Length > 0 ? RuleOutcome.Fail([.. old.Select(See)]) with { Severity = Array.Exists(old, IsOfWindows) ? Warning : Information }
            : current.Length > 0 ? RuleOutcome.Pass([.. current.Select(See)])
            : RuleOutcome.NotApplicable("No loader is signed by Microsoft.");
    });

    private static RuleOutcome Judge(RuleContext context, Func<EfiProgram[], RuleOutcome> judge)
    {
        if (!IsPossible(context))
        {
            return RuleOutcome.NotApplicable("Secure Boot is of generation 2.");
        }

        if (context.Guest.EfiPrograms is not { } programs)
        {
            return RuleOutcome.Undetermined("The EFI system partition was not looked at.");
        }

        EfiProgram[] real = [.. programs.Where(static program => program.Signatures is not null)];
        return real.Length == 0 ? RuleOutcome.NotApplicable("No EFI system partition holds a program.") : judge(real);
    }

    private static bool IsSignedBy(EfiProgram program, string[] names)
        => program.Signatures!.Any(signature => signature.Chain.Any(name => Array.IndexOf(names, name) >= 0));

    private static bool IsOfWindows(EfiProgram program)
        => program.Signatures!.Any(static signature => signature.Chain.Contains(Expiring[0], StringComparer.Ordinal));

    private static Observation See(EfiProgram program)
        => new(program.Path, "signed by " + string.Join(", and by ", program.Signatures!.Where(static signature => signature.Chain.Count > 0).Select(static signature => string.Join(" of ", signature.Chain))));
}
