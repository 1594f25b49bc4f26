using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Windows;

/// <summary>
/// Tells whether a Windows is generalized. It is when three marks agree: the image state (in the registry and in
/// State.ini), the tag file that Sysprep leaves when it succeeds, and a first-run setup that comes next. SysprepStatus'
/// GeneralizationState is no mark: ordinary running machines have it at its final value too. The image states are those of
/// Microsoft's "Windows Setup States".
/// </summary>
internal static class WindowsGeneralization
{
    private const string Resealed = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE";
    private const string ResealedToAudit = "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT";
    private const string Specialized = "IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE";
    private const string SpecializedToAudit = "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT";
    private const string Undeployable = "IMAGE_STATE_UNDEPLOYABLE";
    private const string Complete = "IMAGE_STATE_COMPLETE";
    private const string TagFile = @"Windows\System32\Sysprep\Sysprep_succeeded.tag";
    private const uint SetupRunsNext = 2;

    public static Generalization Judge(Guest guest)
    {
        List<Observation> evidence = [];
        object? state = Look(evidence, () => guest.GetValue(WindowsKeys.SetupState, "ImageState"), data => RegistryCheck.See(WindowsKeys.SetupState, "ImageState", data), out bool hasState);
        string? stateFile = Look(evidence, () => SysprepChecks.ReadStateFile(guest), data => new Observation(@"Windows\Setup\State\State.ini", data ?? "absent"), out bool hasStateFile);
        bool isTagged = Look(evidence, () => guest.GetFile(TagFile) is not null, found => new Observation(TagFile, found ? "exists" : "absent"), out bool hasTag);
        object? setupType = Look(evidence, () => guest.GetValue(WindowsKeys.Setup, "SetupType"), data => RegistryCheck.See(WindowsKeys.Setup, "SetupType", data), out bool hasSetup);
        object? commandLine = Look(evidence, () => guest.GetValue(WindowsKeys.Setup, "CmdLine"), data => RegistryCheck.See(WindowsKeys.Setup, "CmdLine", data), out bool hasCommandLine);
        hasSetup &= hasCommandLine;

        bool isResealed = Is(state, Resealed) && Is(stateFile, Resealed);
        bool isSetupNext = setupType is SetupRunsNext && commandLine is string command && command.IndexOf("windeploy.exe", StringComparison.OrdinalIgnoreCase) >= 0;

        if (isResealed && isTagged && isSetupNext)
        {
            return new Generalization(GeneralizationState.Generalized, evidence);
        }

        // A complete image that setup does not follow has been started, and so has one that was made this machine's own: the first-run
        // setup or audit mode may follow that, and a tag it may have is from before.
        bool isOwn = (Is(state, Specialized) || Is(state, SpecializedToAudit)) && !IsGeneralized(stateFile) && !Is(stateFile, Undeployable);
        if (isOwn || (hasState && hasSetup && Is(state, Complete) && !isSetupNext))
        {
            if (isTagged)
            {
                evidence.Add(new Observation(TagFile, "it was generalized once, and has been started since"));
            }

            return new Generalization(GeneralizationState.NotGeneralized, evidence);
        }

        if (Is(state, Undeployable) || Is(stateFile, Undeployable))
        {
            evidence.Add(new Observation(string.Empty, "Sysprep or Windows Setup stopped midway; no machine starts from such an image. Go back to a copy from before, or rebuild it."));
            return new Generalization(GeneralizationState.PartlyGeneralized, evidence);
        }

        if (!(hasState && hasStateFile && hasTag && hasSetup))
        {
            return new Generalization(GeneralizationState.Undetermined, evidence);
        }

        if (Is(state, ResealedToAudit))
        {
            evidence.Add(new Observation(string.Empty, "The image starts into audit mode; Azure needs one that starts into the first-run setup."));
        }

        bool hasMark = IsGeneralized(state) || IsGeneralized(stateFile) || isTagged || isSetupNext;
        return new Generalization(hasMark ? GeneralizationState.PartlyGeneralized : GeneralizationState.NotGeneralized, evidence);
    }

    private static bool IsGeneralized(object? data) => Is(data, Resealed) || Is(data, ResealedToAudit);

    private static bool Is(object? data, string state) => data is string text && string.Equals(text, state, StringComparison.OrdinalIgnoreCase);

    private static T? Look<T>(List<Observation> evidence, Func<T> read, Func<T, Observation> see, out bool isKnown)
    {
        isKnown = false;
        try
        {
            T seen = read();
            evidence.Add(see(seen));
            isKnown = true;
            return seen;
        }
        catch (EvidenceUnavailableException missing)
        {
            evidence.Add(new Observation(string.Empty, missing.Message));
        }
        catch (DiskFormatException damaged)
        {
            evidence.Add(new Observation(string.Empty, damaged.Message));
        }

        return default;
    }
}
