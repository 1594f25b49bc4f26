using System.Management.Automation;
using AzImageTools.Errors;

namespace AzImageTools.Pipeline;

/// <summary>Asks whether what is there already may be replaced.</summary>
internal static class Replacement
{
    /// <summary>Whether to replace it.</summary>
    /// <param name="sink">The running cmdlet's pipeline.</param>
    /// <param name="refusal">What is there, and the error where nobody can be asked.</param>
    /// <param name="several">Whether one answer may be for all that follows.</param>
    public static async Task<bool> AskAsync(PipelineSink sink, Exception refusal, bool several)
    {
        string question = $"{ErrorRecords.WithoutRemedy(refusal)} Replace it?";
        bool? answer = sink.Wishes.WhatIf ? null : await sink.InvokeAsync(cmdlet => ((AsyncCmdlet)cmdlet).ReplaceAnswers.Ask(cmdlet, question, several)).ConfigureAwait(false);
        return answer ?? throw refusal;
    }
}

/// <summary>The answers that a cmdlet's user gave for all that is there already.</summary>
internal sealed class ReplaceAnswers
{
    private const string Caption = "Confirm";

    private bool _all;
    private bool _none;

    /// <summary>Asks, unless that was answered for all; on the pipeline's thread.</summary>
    /// <returns>The answer; null where nobody can be asked.</returns>
    public bool? Ask(PSCmdlet cmdlet, string question, bool several)
    {
        try
        {
            return several ? cmdlet.ShouldContinue(question, Caption, ref _all, ref _none) : cmdlet.ShouldContinue(question, Caption);
        }
        catch (Exception exception) when (Confirmation.IsUnavailable(exception))
        {
            return null;
        }
    }
}
