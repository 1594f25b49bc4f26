namespace AzImageTools.Sandbox.Guests;

/// <summary>What becomes of a machine's guest when it is to be generalized, or started.</summary>
public enum GuestFate
{
    /// <summary>Everything goes well.</summary>
    Succeeds,

    /// <summary>Sysprep refuses because an app package is installed for one user only; nothing is changed, and its log says so. A Linux' agent refuses likewise.</summary>
    FailsOnAppPackage,

    /// <summary>Generalizing begins and never ends; the guest keeps running, half generalized.</summary>
    Hangs,

    /// <summary>The guest shuts down and was not generalized.</summary>
    StopsWithoutGeneralizing,

    /// <summary>The agent stops answering: no command runs any more, whatever the guest itself does.</summary>
    AgentDies,

    /// <summary>The guest does not come up when its machine is started.</summary>
    DoesNotBoot,
}
