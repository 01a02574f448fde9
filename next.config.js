import createNextIntlPlugin from 'next-intl/plugin';

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // Development only: the printed address is 127.0.0.1, Next's own default is localhost.
  allowedDevOrigins: ['127.0.0.1', 'localhost'],
  serverExternalPackages: ['@kubernetes/client-node', 'pino'],
  // `npm run types` checks them, with the native compiler that Next does not call.
  typescript: { ignoreBuildErrors: true },
};

const withMessages = createNextIntlPlugin({
  requestConfig: './lib/i18n/request.ts',
  // Parsed by the build: no browser needs the parser, nor the time that it takes on a slow processor.
  experimental: { messages: { path: './messages', format: 'json', locales: 'infer', precompile: true } },
});

export default withMessages(config);
