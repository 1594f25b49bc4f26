using System.Globalization;
using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>Which of the streams that are off by default somebody reads: what costs something is written only then.</summary>
/// <param name="Verbose">Verbose messages are shown (-Verbose, $VerbosePreference).</param>
/// <param name="Debug">Debug messages are shown (-Debug, $DebugPreference).</param>
internal sealed record StreamWishes(bool Verbose, bool Debug)
{
    /// <summary>Those of a running cmdlet; on the pipeline's thread.</summary>
    public static StreamWishes Of(PSCmdlet cmdlet)
    {
        bool debug = IsShown(cmdlet, "Debug");

        // With -Debug alone PowerShell asks at each verbose message whether to go on, whatever the preference.
        bool wouldAsk = cmdlet.MyInvocation.BoundParameters.ContainsKey("Debug") && !cmdlet.MyInvocation.BoundParameters.ContainsKey("Verbose") && debug;
        return new StreamWishes(!wouldAsk && IsShown(cmdlet, "Verbose"), debug);
    }

    private static bool IsShown(PSCmdlet cmdlet, string stream)
        => cmdlet.MyInvocation.BoundParameters.TryGetValue(stream, out object? given)
            ? LanguagePrimitives.IsTrue(given)
            : LanguagePrimitives.TryConvertTo(cmdlet.GetVariableValue(stream + "Preference"), CultureInfo.InvariantCulture, out ActionPreference preference)
                && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
}
