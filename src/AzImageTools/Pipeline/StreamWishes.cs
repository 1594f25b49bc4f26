using System.Globalization;
using System.Management.Automation;

namespace AzImageTools.Pipeline;

/// <summary>What the user wants of a running cmdlet, as far as its streams go: which of those that are off by default are read, and whether nothing is to be done.</summary>
/// <param name="Verbose">Verbose messages are shown (-Verbose, $VerbosePreference).</param>
/// <param name="Debug">Debug messages are shown (-Debug, $DebugPreference).</param>
/// <param name="WhatIf">Changes are told, not made (-WhatIf, $WhatIfPreference).</param>
internal sealed record StreamWishes(bool Verbose, bool Debug, bool WhatIf)
{
    /// <summary>Those of a running cmdlet; on the pipeline's thread.</summary>
    public static StreamWishes Of(PSCmdlet cmdlet)
    {
        bool debug = IsShown(cmdlet, "Debug");

        // With -Debug alone PowerShell asks at each verbose message whether to go on, whatever the preference.
        bool wouldAsk = cmdlet.MyInvocation.BoundParameters.ContainsKey("Debug") && !cmdlet.MyInvocation.BoundParameters.ContainsKey("Verbose") && debug;
        return new StreamWishes(!wouldAsk && IsShown(cmdlet, "Verbose"), debug, IsWhatIf(cmdlet));
    }

    private static bool IsWhatIf(PSCmdlet cmdlet)
        => LanguagePrimitives.IsTrue(cmdlet.MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? given) ? given : cmdlet.GetVariableValue("WhatIfPreference"));

    private static bool IsShown(PSCmdlet cmdlet, string stream)
        => cmdlet.MyInvocation.BoundParameters.TryGetValue(stream, out object? given)
            ? LanguagePrimitives.IsTrue(given)
            : LanguagePrimitives.TryConvertTo(cmdlet.GetVariableValue(stream + "Preference"), CultureInfo.InvariantCulture, out ActionPreference preference)
                && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);
}
